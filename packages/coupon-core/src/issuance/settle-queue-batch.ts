import type { GateView } from '../coupon/coupon.js';
import type { AcceptedClaim } from '../coupon/decide-settlement.js';
import { countPersisted } from '../metrics/drain-metrics.js';
import type { IssuanceQueue, QueueBatch, QueueEntry } from './issuance-queue.js';
import { EntryFault, type IssueStore } from './issue-store.js';

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
 * stay pending and are read again. An entry that is itself at fault never holds up another.
 */
export class SettleQueueBatch {
  constructor(
    private readonly store: IssueStore,
    private readonly queue: IssuanceQueue,
  ) {}

  async execute(batch: QueueBatch): Promise<BatchOutcome> {
    const outcome: BatchOutcome = { issued: 0, rejected: 0, deadLetters: 0, leftAlone: 0, views: [] };
    await this.buryUnreadable(batch, outcome);
    if (batch.entries.length === 0) return outcome;
    let settled: QueueEntry[];
    try {
      settled = await this.settle(batch, batch.entries, outcome);
    } catch (cause) {
      if (!(cause instanceof EntryFault)) throw cause;
      settled = await this.settleOneByOne(batch, batch.entries, outcome);
    }
    await this.acknowledge(batch.shard, settled);
    return outcome;
  }

  private async settle(
    batch: QueueBatch,
    entries: QueueEntry[],
    outcome: BatchOutcome,
  ): Promise<QueueEntry[]> {
    const { issued, rejected, leftAlone, views } = await this.store.settle(entries, batch.epochs);
    outcome.issued += issued;
    outcome.rejected += rejected;
    outcome.leftAlone += leftAlone.size;
    outcome.views.push(...views);
    const settled = leftAlone.size === 0 ? entries : entries.filter((entry) => !leftAlone.has(entry.id));
    countPersisted(settled);
    return settled;
  }

  private async settleOneByOne(
    batch: QueueBatch,
    entries: QueueEntry[],
    outcome: BatchOutcome,
  ): Promise<QueueEntry[]> {
    const settled: QueueEntry[] = [];
    for (const entry of entries) {
      try {
        settled.push(...(await this.settle(batch, [entry], outcome)));
      } catch (cause) {
        if (!(cause instanceof EntryFault)) throw cause;
        if (await this.settleClaimByClaim(batch, entry, outcome)) settled.push(entry);
      }
    }
    return settled;
  }

  /** Answers whether everything in the entry is settled or kept as a dead letter. */
  private async settleClaimByClaim(
    batch: QueueBatch,
    entry: QueueEntry,
    outcome: BatchOutcome,
  ): Promise<boolean> {
    let complete = true;
    for (const claim of entry.claims) {
      try {
        const alone = await this.settle(batch, [{ ...entry, claims: [claim] }], outcome);
        complete &&= alone.length === 1;
      } catch (cause) {
        if (!(cause instanceof EntryFault)) throw cause;
        await this.bury(batch.shard, entry, claim, cause.message);
        outcome.deadLetters += 1;
      }
    }
    return complete;
  }

  /** The claim stays PENDING for its user until an operator decides. */
  private async bury(shard: number, entry: QueueEntry, claim: AcceptedClaim, cause: string): Promise<void> {
    await this.store.keepDeadLetters(shard, [{ entry, claims: [claim] }], cause);
  }

  private async buryUnreadable({ shard, unreadable }: QueueBatch, outcome: BatchOutcome): Promise<void> {
    for (const entry of unreadable) {
      await this.store.keepDeadLetters(shard, [{ unreadable: entry }], entry.cause);
      await this.queue.acknowledge(shard, [{ id: entry.id, couponId: null, claims: 1 }]);
      outcome.deadLetters += 1;
    }
  }

  private acknowledge(shard: number, entries: readonly QueueEntry[]): Promise<void> {
    const done = entries.map(({ id, couponId, claims }) => ({ id, couponId, claims: claims.length }));
    return this.queue.acknowledge(shard, done);
  }
}
