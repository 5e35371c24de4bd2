import type { MessageBroker } from 'messaging';
import { buryUnreadable } from './bury-unreadable.js';
import type { BatchDone, BatchWork } from './drain-queue.js';
import type { QueueBatch, RelayedQueue } from './issuance-queue.js';
import { encodeIssueRequest, ISSUE_REQUESTS, type RequestTopic } from './issue-requests.js';
import type { IssueStore } from './issue-store.js';

/**
 * Sends entries on to a topic, all of a batch together, and removes them from the queue when the broker has them
 * safely. What was sent and not removed is sent again, which is harmless.
 */
export class RelayToTopic implements BatchWork {
  constructor(
    private readonly store: IssueStore,
    private readonly queue: RelayedQueue,
    private readonly broker: Pick<MessageBroker, 'publish'>,
    private readonly to: RequestTopic = ISSUE_REQUESTS,
  ) {}

  async execute(batch: QueueBatch): Promise<BatchDone> {
    await buryUnreadable(batch, this.store, this.queue);
    const { shard, entries, epochs } = batch;
    const sent = entries.flatMap((entry) => {
      const gateEpoch = epochs.get(entry.couponId);
      return gateEpoch === undefined ? [] : [{ shard, gateEpoch, entry }];
    });
    await this.broker.publish(this.to.topic, sent.map(encodeIssueRequest));
    const removed = await this.queue.removeRelayed(
      shard,
      sent.map(({ gateEpoch, entry: { id, couponId } }) => ({ id, couponId, gateEpoch })),
    );
    const claims = sent.reduce((sum, { entry }) => sum + entry.claims.length, 0);
    return { claims, leftAlone: entries.length - removed };
  }
}
