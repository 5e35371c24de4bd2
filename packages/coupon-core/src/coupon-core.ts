import type { BreakerState } from './adapters/circuit-breaker.js';
import type { Claimant, CouponId } from './coupon/ids.js';
import type { IssueAnswer, RequestAnswer, StatusAnswer } from './issuance/claim-view.js';
import type { Traceparent } from './tracing/traceparent.js';

export interface CoreHealth {
  database: 'up' | 'down';
  gate: 'up' | 'down';
}

/** `breakers`: whether a server is left alone because it did not answer; `broker`: only where Kafka is named. */
export interface ApiHealth extends CoreHealth {
  breakers: { database: BreakerState; gate: BreakerState; broker?: BreakerState | undefined };
}

/**
 * `lagMs`: age of the oldest claim in the gate's queue; 0: nobody waits there; null: it cannot be read. `breakers`:
 * whether the broker of events is left alone.
 */
export interface WorkerHealth extends CoreHealth {
  lagMs: number | null;
  breakers: { broker: BreakerState };
}

/**
 * What the API calls directly, because it is hot; everything else goes through the command and query bus. `requester`:
 * who is calling, `withKey` where the request has one. `trace`: where somebody traces the request.
 */
export abstract class CouponCore {
  abstract issue(couponId: CouponId, requester: Claimant, trace?: Traceparent): Promise<IssueAnswer>;
  /** Answers at once where nobody has to be asked. */
  abstract request(
    couponId: CouponId,
    requester: Claimant,
    receipt: string | null,
    trace?: Traceparent,
  ): RequestAnswer | Promise<RequestAnswer>;
  /** As `request`, behind V1's lock, for clients that know no other way into the queue. */
  abstract requestInTurn(
    couponId: CouponId,
    requester: Claimant,
    trace?: Traceparent,
  ): Promise<RequestAnswer>;
  abstract status(couponId: CouponId, requester: Claimant, receipt: string | null): Promise<StatusAnswer>;
  /** Answers within three seconds. */
  abstract health(): Promise<ApiHealth>;
  /** Answers what was submitted, then closes the connections. */
  abstract close(): Promise<void>;
}

/** The consumer's work: draining the queue and telling the gate what the rows say. */
export abstract class IssuanceWorker {
  /** Until every loop has begun; a server that is away then holds up none of them. */
  abstract start(): Promise<void>;
  /** Finishes the batch under way, then closes the connections. */
  abstract stop(): Promise<void>;
  /** Claims that failed by themselves, and how many of them nobody tries again before an operator does. */
  abstract openDeadLetters(): Promise<{ waiting: number; permanentFailures: number }>;
  /** Answers within three seconds. */
  abstract health(): Promise<WorkerHealth>;
}
