import type { GateView } from '../coupon/coupon.js';
import type { AcceptedClaim } from '../coupon/decide-settlement.js';
import type { CouponId } from '../coupon/ids.js';
import { countPersisted } from '../metrics/drain-metrics.js';
import type { QueueBatch, QueueEntry } from './issuance-queue.js';
import { EntryFault, type IssueStore } from './issue-store.js';
import { traceSettlement } from './trace-settlement.js';

/** Entries, and the epochs that they are settled under. */
export type ReadEntries = Pick<QueueBatch, 'entries' | 'epochs'>;

export interface SettledEntries {
  /** With everything in them decided, or kept as a dead letter. */
  settled: QueueEntry[];
  issued: number;
  rejected: number;
  /** Claims that got their row or their letter now, by coupon. */
  decided: Map<CouponId, number>;
  /** Entries whose coupon has another epoch. */
  leftAlone: number;
  dead: { entry: QueueEntry; cause: string }[];
  views: GateView[];
}

/**
 * Settles entries together, and those that are themselves at fault one by one: such a one never holds up another.
 * Where the database fails, in whatever way, it throws, and all of them may be settled again.
 */
export class SettleEntries {
  constructor(private readonly store: IssueStore) {}

  execute(read: ReadEntries): Promise<SettledEntries> {
    return traceSettlement(read, (traced) => this.settleAll(traced));
  }

  private async settleAll(read: ReadEntries): Promise<SettledEntries> {
    const outcome: SettledEntries = {
      settled: [],
      issued: 0,
      rejected: 0,
      decided: new Map(),
      leftAlone: 0,
      dead: [],
      views: [],
    };
    if (read.entries.length === 0) return outcome;
    try {
      outcome.settled = await this.settle(read, outcome);
    } catch (cause) {
      if (!(cause instanceof EntryFault)) throw cause;
      outcome.settled = await this.settleOneByOne(read, outcome);
    }
    return outcome;
  }

  private async settle({ entries, epochs }: ReadEntries, outcome: SettledEntries): Promise<QueueEntry[]> {
    const { issued, rejected, decided, leftAlone, views } = await this.store.settle(entries, epochs);
    outcome.issued += issued;
    outcome.rejected += rejected;
    for (const [couponId, claims] of decided) addTo(outcome.decided, couponId, claims);
    outcome.leftAlone += leftAlone.size;
    outcome.views.push(...views);
    const settled = leftAlone.size === 0 ? entries : entries.filter((entry) => !leftAlone.has(entry.id));
    countPersisted(settled);
    return settled;
  }

  private async settleOneByOne(read: ReadEntries, outcome: SettledEntries): Promise<QueueEntry[]> {
    const settled: QueueEntry[] = [];
    for (const entry of read.entries) {
      try {
        settled.push(...(await this.settle({ ...read, entries: [entry] }, outcome)));
      } catch (cause) {
        if (!(cause instanceof EntryFault)) throw cause;
        if (await this.settleClaimByClaim(read, entry, outcome)) settled.push(entry);
      }
    }
    return settled;
  }

  /** Answers whether everything in the entry is settled or kept as a dead letter. */
  private async settleClaimByClaim(
    read: ReadEntries,
    entry: QueueEntry,
    outcome: SettledEntries,
  ): Promise<boolean> {
    let complete = true;
    for (const claim of entry.claims) {
      try {
        const alone = await this.settle({ ...read, entries: [{ ...entry, claims: [claim] }] }, outcome);
        complete &&= alone.length === 1;
      } catch (cause) {
        if (!(cause instanceof EntryFault)) throw cause;
        await this.bury(entry, claim, cause.message);
        outcome.dead.push({ entry, cause: cause.message });
        addTo(outcome.decided, entry.couponId, 1);
      }
    }
    return complete;
  }

  /** The claim stays PENDING for its user until an operator decides. */
  private async bury(entry: QueueEntry, claim: AcceptedClaim, cause: string): Promise<void> {
    await this.store.keepDeadLetters([{ entry, claims: [claim] }], cause);
  }
}

function addTo(counts: Map<CouponId, number>, couponId: CouponId, claims: number): void {
  counts.set(couponId, (counts.get(couponId) ?? 0) + claims);
}
