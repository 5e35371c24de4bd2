import { type Coupon, expiryOf, live } from './coupon.js';
import type { UserId } from './ids.js';
import type { Issue, IssuedCoupon, RejectedClaim } from './issue.js';

/** What tells one claim from every other. Without a ticket: a loss that the gate recorded. */
export interface ClaimName {
  userId: UserId;
  epoch: number;
  ticket: number | null;
}

/** A claim that the gate accepted, as it stands in the queue. */
export interface AcceptedClaim extends ClaimName {
  /** The gate's clock at the claim, milliseconds. */
  acceptedAt: number;
}

/** What one coupon's part of a batch does to the rows. */
export interface Settlement {
  issued: IssuedCoupon[];
  rejected: RejectedClaim[];
  /** Tickets that yield no row of their own, because the user has a row made from something else. */
  voided: { userId: UserId; epoch: number; ticket: number }[];
}

/**
 * V2: what becomes of the claims of one coupon, in the order of the queue. Window and state are not judged again:
 * the gate has decided them. `existing` may be empty as long as a duplicate key then rolls everything back.
 */
export function decideSettlement(
  coupon: Coupon,
  claims: readonly AcceptedClaim[],
  existing: ReadonlyMap<UserId, Issue>,
): Settlement {
  const settlement: Settlement = { issued: [], rejected: [], voided: [] };
  const decided = new Map<UserId, Issue>();
  const left = coupon.totalQuantity === null ? Number.POSITIVE_INFINITY : coupon.totalQuantity - live(coupon);
  for (const claim of claims) {
    const { userId, epoch, ticket } = claim;
    const earlier = existing.get(userId) ?? decided.get(userId);
    if (earlier) {
      const own = earlier.claim?.epoch === epoch && earlier.claim.ticket === ticket;
      if (ticket !== null && !own) settlement.voided.push({ userId, epoch, ticket });
    } else if (ticket === null) {
      decided.set(userId, reject(coupon, claim, 'LOST_IN_INCIDENT', settlement));
    } else if (settlement.issued.length < left) {
      decided.set(userId, issue(coupon, claim, ticket, settlement));
    } else {
      decided.set(userId, reject(coupon, claim, 'SOLD_OUT', settlement));
    }
  }
  return settlement;
}

/** The same for one claim that an operator has given up: it is rejected, unless its user has a row already. */
export function decideDiscard(coupon: Coupon, claim: AcceptedClaim, earlier: Issue | undefined): Settlement {
  if (earlier || claim.ticket === null) {
    return decideSettlement(coupon, [claim], new Map(earlier ? [[claim.userId, earlier]] : []));
  }
  const settlement: Settlement = { issued: [], rejected: [], voided: [] };
  reject(coupon, claim, 'DISCARDED', settlement);
  return settlement;
}

function issue(coupon: Coupon, claim: AcceptedClaim, ticket: number, settlement: Settlement): IssuedCoupon {
  const issued: IssuedCoupon = {
    status: 'ISSUED',
    couponId: coupon.id,
    userId: claim.userId,
    issueNumber: coupon.issuedQuantity + settlement.issued.length + 1,
    issuedAt: claim.acceptedAt,
    expiresAt: expiryOf(coupon, claim.acceptedAt),
    lifecycle: null,
    claim: { epoch: claim.epoch, ticket },
  };
  settlement.issued.push(issued);
  return issued;
}

function reject(
  coupon: Coupon,
  { userId, epoch, ticket }: AcceptedClaim,
  reason: RejectedClaim['reason'],
  settlement: Settlement,
): RejectedClaim {
  const claim = ticket === null ? null : { epoch, ticket };
  const rejected: RejectedClaim = { status: 'REJECTED', couponId: coupon.id, userId, reason, claim };
  settlement.rejected.push(rejected);
  return rejected;
}
