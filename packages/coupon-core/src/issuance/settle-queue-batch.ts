import type { GateView } from '../coupon/coupon.js';
import { buryUnreadable } from './bury-unreadable.js';
import type { IssuanceQueue, QueueBatch } from './issuance-queue.js';
import type { IssueStore } from './issue-store.js';
import { SettleEntries } from './settle-entries.js';

export interface BatchOutcome {
  issued: number;
  rejected: number;
  deadLetters: number;
  /** Entries that stay pending, because their coupon's gate is being rebuilt. */
  leftAlone: number;
  views: GateView[];
}

/**
 * Settles a batch and acknowledges what is settled. Where the database fails, in whatever way, it throws: the entries
 * stay pending and are read again.
 */
export class SettleQueueBatch {
  private readonly settleEntries: SettleEntries;

  constructor(
    private readonly store: IssueStore,
    private readonly queue: IssuanceQueue,
  ) {
    this.settleEntries = new SettleEntries(store);
  }

  async execute(batch: QueueBatch): Promise<BatchOutcome> {
    const buried = await buryUnreadable(batch, this.store, this.queue);
    const { settled, dead, decided: _counted, ...outcome } = await this.settleEntries.execute(batch);
    // The acknowledgement counts by itself.
    const done = settled.map(({ id, couponId, claims }) => ({ id, couponId, claims: claims.length }));
    await this.queue.acknowledge(batch.shard, done);
    return { ...outcome, deadLetters: buried + dead.length };
  }
}
