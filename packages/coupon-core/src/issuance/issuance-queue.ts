import type { AcceptedClaim } from '../coupon/decide-settlement.js';
import type { CouponId } from '../coupon/ids.js';
import type { Traceparent } from '../tracing/traceparent.js';

/** Claims of one coupon that were admitted by one call of the gate. */
export interface QueueEntry {
  id: string;
  couponId: CouponId;
  claims: AcceptedClaim[];
  /** Of the first traced request of the call that admitted them. */
  traceContext: Traceparent | null;
}

/** An entry that cannot be understood at all; only its raw fields are known. */
export interface UnreadableEntry {
  id: string;
  raw: Record<string, string>;
  cause: string;
}

export interface QueueBatch {
  shard: number;
  entries: QueueEntry[];
  unreadable: UnreadableEntry[];
  /** The epoch that each coupon's gate had at the moment of reading; absent: not initialised. */
  epochs: ReadonlyMap<CouponId, number>;
  /** Where the next reading of own pending entries goes on. */
  lastId: string;
}

/** So many claims of one coupon are read within so many milliseconds at the most, by all consumers together. */
export interface Pace {
  claims: number;
  ms: number;
}

/** Read → commit → acknowledge. What is not acknowledged is read again, by this consumer or by another. */
export abstract class IssuanceQueue {
  /** New entries, at most `claimsMax` claims (an entry is never cut in two); null where there are none. */
  abstract readNew(shard: number, claimsMax: number): Promise<QueueBatch | null>;

  /** This consumer's entries that were read and not acknowledged, behind `afterId`. */
  abstract readOwnPending(shard: number, afterId: string, claimsMax: number): Promise<QueueBatch | null>;

  /** Makes what a consumer left unacknowledged for `idleMs` readable again, as new or as own; answers how many entries. */
  abstract reclaim(shard: number, idleMs: number): Promise<number>;

  /** Removes the entries for good; only after COMMIT. */
  abstract acknowledge(
    shard: number,
    entries: readonly { id: string; couponId: CouponId | null; claims: number }[],
  ): Promise<void>;

  /** Returns when there may be new entries, or after `timeoutMs`. */
  abstract waitForEntries(shard: number, timeoutMs: number): Promise<void>;

  /** Entries that are not acknowledged yet. */
  abstract depth(shard: number): Promise<number>;
}

/** An entry, and the epoch that its coupon's gate had when it was read and sent. */
export interface RelayedEntry {
  id: string;
  couponId: CouponId;
  gateEpoch: number;
}

/** A queue whose entries go on to a topic, and are decided there. */
export abstract class RelayedQueue extends IssuanceQueue {
  /**
   * Removes entries that the topic's broker has acknowledged; answers how many. The others stay pending: their gate
   * does not have the epoch any more that they were sent with.
   */
  abstract removeRelayed(shard: number, entries: readonly RelayedEntry[]): Promise<number>;

  /** Counts claims that were decided behind the topic, for places in line and waiting times; a count may be lost. */
  abstract countDecided(shard: number, decided: ReadonlyMap<CouponId, number>): Promise<void>;
}
