import type { CouponId, UserId } from '../coupon/ids.js';
import type { Issue, IssuedCoupon } from '../coupon/issue.js';
import type { RefusalCode, RejectionReason } from '../coupon/refusal.js';

/** What a user may know of a claim. ISSUED and REJECTED are final; UNKNOWN: one of the two records cannot be read. */
export interface ClaimView {
  couponId: CouponId;
  userId: UserId;
  status: 'PENDING' | 'ISSUED' | 'REJECTED' | 'UNKNOWN';
  /** null where the gate holds no ticket: issued at the V1 door, lost in an incident, or the gate cannot say. */
  ticket: number | null;
  /** While PENDING: claims ahead that are not persisted yet. */
  position: number | null;
  estimatedWaitMs: number | null;
  receipt: string | null;
  /** The final row, where it has been read. */
  issue: Issue | null;
}

/** Answered with 503 and Retry-After: nothing is said about the claim. */
export interface Unavailable {
  outcome: 'UNAVAILABLE';
  reason: string;
  /** How long it will stay so, where that is known. */
  retryAfterMs?: number;
}

export type IssueAnswer =
  | { outcome: 'ISSUED' | 'REPEATED'; issue: IssuedCoupon }
  /** A V2 claim of the same user ended, or will end, in the final row this view names. */
  | { outcome: 'CLAIM'; view: ClaimView }
  | { outcome: 'REFUSED'; code: RefusalCode }
  | Unavailable;

export type RequestAnswer =
  | { outcome: 'CLAIM'; view: ClaimView }
  | { outcome: 'ISSUED_BY_V1'; issue: IssuedCoupon }
  | { outcome: 'REFUSED'; code: RefusalCode }
  | Unavailable;

export type StatusAnswer =
  | { outcome: 'CLAIM'; view: ClaimView }
  | { outcome: 'NOT_REQUESTED' }
  | { outcome: 'REFUSED'; code: 'COUPON_NOT_FOUND' | 'IDEMPOTENCY_KEY_REQUIRED' }
  | Unavailable;

export type { RejectionReason };
