import { Logger } from '@nestjs/common';
import type { MessageBroker } from 'messaging';
import type { Claimant, CouponId } from '../coupon/ids.js';
import { BatchFigures } from '../metrics/process-metrics.js';
import { type MayBeTraced, Span, spanning } from '../tracing/span.js';
import { Combiner } from './combiner.js';
import type { DatabaseClock } from './database-clock.js';
import { encodeDirectRequests, ISSUE_REQUESTS } from './issue-requests.js';
import { OutageLog } from './outage-log.js';

/** One message of a coupon at a time keeps the order of arrival; the deadline is that of every request. */
const LIMITS = { membersMax: 1_000, inFlightMax: 1, pendingMax: 20_000, deadlineMs: 4_500 };

const SENDING = { name: 'send requests', kind: 'PRODUCER' } as const;

export interface DirectRequest extends MayBeTraced {
  claimant: Claimant;
}

/** Sends the requests for a coupon that wait at the same moment to the topic in one message. */
export class SendRequests {
  private readonly outage = new OutageLog(new Logger(SendRequests.name), 'sending requests to the topic');
  private readonly combiner = new Combiner<CouponId, DirectRequest, number>(
    LIMITS,
    (couponId, requests) => this.sendTogether(couponId, requests),
    new BatchFigures('direct'),
  );

  constructor(
    private readonly broker: Pick<MessageBroker, 'publish'>,
    private readonly clock: DatabaseClock,
    private readonly topic: string = ISSUE_REQUESTS.topic,
  ) {}

  /**
   * Resolves when the broker has the request safely, to the time that it carries. Whatever it throws, the request may
   * have been sent: sending it again is harmless.
   */
  execute(couponId: CouponId, request: DirectRequest): Promise<number> {
    return this.combiner.submit(couponId, request);
  }

  /** Answers everything that was submitted, then takes nothing more. */
  close(): Promise<void> {
    return this.combiner.close();
  }

  private async sendTogether(couponId: CouponId, requests: DirectRequest[]): Promise<number[]> {
    try {
      const acceptedAt = await this.clock.now();
      const span = Span.beginShared(SENDING, requests);
      const message = encodeDirectRequests({
        ...{ couponId, acceptedAt, traceContext: span?.traceparent ?? null },
        users: requests.map(({ claimant }) => claimant),
      });
      const publish = () => this.broker.publish(this.topic, [message]);
      await (span ? spanning([span], publish) : publish());
      this.outage.succeeded();
      return requests.map(() => acceptedAt);
    } catch (cause) {
      this.outage.failed(cause);
      throw cause;
    }
  }
}
