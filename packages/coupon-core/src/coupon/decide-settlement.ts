import { type Ordinals, ordinalsAt, personOf } from './claimant.js';
import { type Coupon, expiryOf, live } from './coupon.js';
import type { Claimant } from './ids.js';
import type { Issue, IssuedCoupon, RejectedClaim, TicketRef } from './issue.js';

/** What tells one claim from every other. Without a ticket: a loss that the gate recorded. */
export interface ClaimName {
  userId: Claimant;
  epoch: number;
  ticket: number | null;
}

/** Instead of a ticket, where no gate gave any: so that it is told from a loss. */
export const WITHOUT_GATE: Readonly<TicketRef> = { epoch: 0, ticket: 0 };

/** What a claim's row is made from; null: nothing that a gate would have to know of. */
const ticketOf = ({ epoch, ticket }: ClaimName): TicketRef | null =>
  ticket === null || epoch === WITHOUT_GATE.epoch ? null : { epoch, ticket };

/** A claim that the gate accepted, or that nobody has judged, as it stands in the queue. */
export interface AcceptedClaim extends ClaimName {
  /** The gate's clock at the claim, or the database's where there is no gate, milliseconds. */
  acceptedAt: number;
}

/** What one coupon's part of a batch does to the rows. */
export interface Settlement {
  issued: IssuedCoupon[];
  rejected: RejectedClaim[];
  /** Tickets that yield no row of their own, because the user has a row made from something else. */
  voided: { userId: Claimant; epoch: number; ticket: number }[];
}

/**
 * V2: what becomes of the claims of one coupon, in the order of the queue. Window and state are not judged again:
 * whoever accepted them has done so. `existing`: as for `decideIssues`.
 */
export function decideSettlement(
  coupon: Coupon,
  claims: readonly AcceptedClaim[],
  existing: ReadonlyMap<Claimant, Issue>,
): Settlement {
  const settlement: Settlement = { issued: [], rejected: [], voided: [] };
  const ordinals = ordinalsAt(coupon, existing);
  const decided = new Map<Claimant, Issue>();
  const left = coupon.totalQuantity === null ? Number.POSITIVE_INFINITY : coupon.totalQuantity - live(coupon);
  for (const claim of claims) {
    const { userId } = claim;
    const ticket = ticketOf(claim);
    const earlier = existing.get(userId) ?? decided.get(userId);
    if (earlier) {
      const own = earlier.claim?.epoch === ticket?.epoch && earlier.claim?.ticket === ticket?.ticket;
      if (ticket !== null && !own) settlement.voided.push({ userId, ...ticket });
    } else if (claim.ticket === null) {
      decided.set(userId, reject(coupon, claim, 'LOST_IN_INCIDENT', settlement, ordinals));
    } else if (ordinals?.hasAll(userId, coupon.perUserLimit)) {
      // V1 issued the last of them while this one stood in line.
      decided.set(userId, reject(coupon, claim, 'ALREADY_ISSUED', settlement, ordinals));
    } else if (settlement.issued.length < left) {
      decided.set(userId, issue(coupon, claim, settlement, ordinals));
    } else {
      decided.set(userId, reject(coupon, claim, 'SOLD_OUT', settlement, ordinals));
    }
  }
  return settlement;
}

/** The same for one claim that an operator has given up: it is rejected, unless its user has a row already. */
export function decideDiscard(
  coupon: Coupon,
  claim: AcceptedClaim,
  existing: ReadonlyMap<Claimant, Issue>,
): Settlement {
  if (existing.has(claim.userId) || claim.ticket === null) return decideSettlement(coupon, [claim], existing);
  const settlement: Settlement = { issued: [], rejected: [], voided: [] };
  reject(coupon, claim, 'DISCARDED', settlement, ordinalsAt(coupon, existing));
  return settlement;
}

function issue(
  coupon: Coupon,
  claim: AcceptedClaim,
  settlement: Settlement,
  ordinals: Ordinals | null,
): IssuedCoupon {
  const issued: IssuedCoupon = {
    status: 'ISSUED',
    couponId: coupon.id,
    userId: personOf(claim.userId),
    issueNumber: coupon.issuedQuantity + settlement.issued.length + 1,
    issuedAt: claim.acceptedAt,
    expiresAt: expiryOf(coupon, claim.acceptedAt),
    lifecycle: null,
    claim: ticketOf(claim),
    keyed: ordinals?.next(claim.userId, 'ISSUED'),
  };
  settlement.issued.push(issued);
  return issued;
}

function reject(
  coupon: Coupon,
  claim: AcceptedClaim,
  reason: RejectedClaim['reason'],
  settlement: Settlement,
  ordinals: Ordinals | null,
): RejectedClaim {
  const rejected: RejectedClaim = {
    status: 'REJECTED',
    couponId: coupon.id,
    userId: personOf(claim.userId),
    reason,
    claim: ticketOf(claim),
    keyed: ordinals?.next(claim.userId, 'REJECTED'),
  };
  settlement.rejected.push(rejected);
  return rejected;
}
