import type { Operator } from '../campaign/audit-log.js';
import type { GateView } from '../coupon/coupon.js';
import type { CouponId } from '../coupon/ids.js';
import type { DeadLetter, DeadLetterState } from './dead-letter.js';

export interface DeadLetterList {
  /** null: in any. */
  state: DeadLetterState | null;
  /** null: of all coupons. */
  couponId: CouponId | null;
  beforeId: number | null;
  limit: number;
}

export type RetryOutcome =
  /** Its claim has a row now, by this call or an earlier one; `view`: what the gate has to learn. */
  | { outcome: 'SETTLED'; letter: DeadLetter; view: GateView | null }
  | { outcome: 'FAILED_AGAIN'; letter: DeadLetter }
  /** It was discarded, or nobody can read it. */
  | { outcome: 'NOT_POSSIBLE'; letter: DeadLetter }
  | { outcome: 'NOT_FOUND' };

export type DiscardOutcome =
  | { outcome: 'DISCARDED'; letter: DeadLetter; view: GateView | null }
  /** It was settled before. */
  | { outcome: 'NOT_POSSIBLE'; letter: DeadLetter }
  | { outcome: 'NOT_FOUND' };

/** What failed by itself. Every method throws `StoreUnavailable` where MySQL does not answer. */
export abstract class DeadLetterStore {
  abstract find(id: number): Promise<DeadLetter | null>;

  /** Newest first, at most `limit`. */
  abstract list(which: DeadLetterList): Promise<DeadLetter[]>;

  /** Letters whose next attempt is due, the one that waits longest first. */
  abstract findDue(limit: number): Promise<number[]>;

  /** Settles the claim under its coupon's lock, as the consumer would; repeating it is harmless. */
  abstract retry(id: number, by: Operator | null): Promise<RetryOutcome>;

  /** Its holder reads REJECTED from then on, and the unit is offered again; repeating it is harmless. */
  abstract discard(id: number, by: Operator): Promise<DiscardOutcome>;

  /** Removes at most `limit` that were decided longer ago; answers how many. Open ones stay for ever. */
  abstract purge(keptSeconds: number, limit: number): Promise<number>;

  abstract countOpen(): Promise<{ waiting: number; permanentFailures: number }>;
}
