import { claimantAt, ordinalsAt, personOf } from './claimant.js';
import { type Coupon, certainTotal, expiryOf, live } from './coupon.js';
import type { Claimant } from './ids.js';
import type { Issue, IssuedCoupon } from './issue.js';
import type { RefusalCode } from './refusal.js';

export type IssueDecision =
  | { outcome: 'ISSUED'; issue: IssuedCoupon }
  | { outcome: 'REPEATED'; issue: Issue }
  | { outcome: 'REFUSED'; code: RefusalCode };

/**
 * V1: decides every member of a combined batch, in arrival order, before anything is written. `now` is the
 * database's clock, read after the coupon row was locked; `existing` are all final rows of these users. It may be empty
 * where the per-user limit is 1, as long as a duplicate key then rolls everything back.
 */
export function decideIssues(
  coupon: Coupon,
  now: number,
  requesters: readonly Claimant[],
  existing: ReadonlyMap<Claimant, Issue>,
): IssueDecision[] {
  const unserved = refusalBeforeEarlierClaims(coupon);
  const refusal = refusalOfAll(coupon, now);
  const fresh = new Map<Claimant, IssuedCoupon>();
  const ordinals = ordinalsAt(coupon, existing);
  const total = certainTotal(coupon);
  const left = total === null ? Number.POSITIVE_INFINITY : total - live(coupon);
  return requesters.map((requester): IssueDecision => {
    if (unserved) return { outcome: 'REFUSED', code: unserved };
    const claimant = claimantAt(coupon, requester);
    if (claimant === null) return { outcome: 'REFUSED', code: 'IDEMPOTENCY_KEY_REQUIRED' };
    const earlier = existing.get(claimant) ?? fresh.get(claimant);
    if (earlier) return { outcome: 'REPEATED', issue: earlier };
    if (refusal) return { outcome: 'REFUSED', code: refusal };
    if (ordinals?.hasAll(claimant, coupon.perUserLimit))
      return { outcome: 'REFUSED', code: 'ALREADY_ISSUED' };
    if (fresh.size >= left) return { outcome: 'REFUSED', code: 'SOLD_OUT' };
    const issue: IssuedCoupon = {
      status: 'ISSUED',
      couponId: coupon.id,
      userId: personOf(claimant),
      issueNumber: coupon.issuedQuantity + fresh.size + 1,
      issuedAt: now,
      expiresAt: expiryOf(coupon, now),
      lifecycle: null,
      claim: null,
      keyed: ordinals?.next(claimant, 'ISSUED'),
    };
    fresh.set(claimant, issue);
    return { outcome: 'ISSUED', issue };
  });
}

function refusalBeforeEarlierClaims(coupon: Coupon): RefusalCode | null {
  if (coupon.state === 'DRAFT') return 'COUPON_NOT_FOUND';
  return coupon.issueMode === 'ASYNC' ? 'WRONG_MODE' : null;
}

/** What refuses everybody who holds no claim yet, whatever is left. */
export function refusalOfAll(coupon: Coupon, now: number): RefusalCode | null {
  if (now < coupon.issueStartsAt) return 'NOT_STARTED';
  if (now >= coupon.issueEndsAt) return 'ENDED';
  switch (coupon.state) {
    case 'DRAFT':
      return 'COUPON_NOT_FOUND';
    case 'OPEN':
      return null;
    case 'PAUSED':
    case 'CLOSED':
      return coupon.state;
  }
}
