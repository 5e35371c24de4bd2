import type { CouponId, UserId } from './ids.js';
import type { RejectionReason } from './refusal.js';

/** The one final row of a claim. What happens to an issued coupon afterwards is its `lifecycle`. */
export type Issue = IssuedCoupon | RejectedClaim;

export interface IssuedCoupon {
  status: 'ISSUED';
  couponId: CouponId;
  userId: UserId;
  /** 1, 2, 3 … without a gap per coupon, never reused. */
  issueNumber: number;
  /** V1: MySQL's clock after the lock; V2: the gate's clock at the claim, without a gate MySQL's when it was sent. */
  issuedAt: number;
  expiresAt: number | null;
  lifecycle: Lifecycle | null;
  /** The ticket it was made from; null at the V1 door, and where there is no gate. */
  claim: TicketRef | null;
  keyed?: Keyed | undefined;
}

/** Which of the rows of its person a row is; absent where there is one at the most. */
export interface Keyed {
  /** The key that the person gave the request. */
  key: string;
  /** 1, 2, 3 … */
  ordinal: number;
}

export interface RejectedClaim {
  status: 'REJECTED';
  couponId: CouponId;
  userId: UserId;
  reason: RejectionReason;
  claim: TicketRef | null;
  keyed?: Keyed | undefined;
}

export type Lifecycle = 'USED' | 'CANCELLED' | 'EXPIRED' | 'REVOKED';

/** A ticket's name: tickets start anew with each epoch of the gate. */
export interface TicketRef {
  epoch: number;
  ticket: number;
}
