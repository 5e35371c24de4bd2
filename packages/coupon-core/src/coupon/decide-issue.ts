import { type Coupon, certainTotal, expiryOf, live } from './coupon.js';
import type { UserId } from './ids.js';
import type { Issue, IssuedCoupon } from './issue.js';
import type { RefusalCode } from './refusal.js';

export type IssueDecision =
  | { outcome: 'ISSUED'; issue: IssuedCoupon }
  | { outcome: 'REPEATED'; issue: Issue }
  | { outcome: 'REFUSED'; code: RefusalCode };

/**
 * V1: decides every member of a combined batch, in arrival order, before anything is written. `now` is the
 * database's clock, read after the coupon row was locked; `existing` are the final rows of these users.
 */
export function decideIssues(
  coupon: Coupon,
  now: number,
  users: readonly UserId[],
  existing: ReadonlyMap<UserId, Issue>,
): IssueDecision[] {
  const unserved = refusalBeforeEarlierClaims(coupon);
  const refusal = refusalOfAll(coupon, now);
  const fresh = new Map<UserId, IssuedCoupon>();
  const total = certainTotal(coupon);
  const left = total === null ? Number.POSITIVE_INFINITY : total - live(coupon);
  return users.map((userId): IssueDecision => {
    if (unserved) return { outcome: 'REFUSED', code: unserved };
    const earlier = existing.get(userId) ?? fresh.get(userId);
    if (earlier) return { outcome: 'REPEATED', issue: earlier };
    if (refusal) return { outcome: 'REFUSED', code: refusal };
    if (fresh.size >= left) return { outcome: 'REFUSED', code: 'SOLD_OUT' };
    const issue: IssuedCoupon = {
      status: 'ISSUED',
      couponId: coupon.id,
      userId,
      issueNumber: coupon.issuedQuantity + fresh.size + 1,
      issuedAt: now,
      expiresAt: expiryOf(coupon, now),
      lifecycle: null,
      claim: null,
    };
    fresh.set(userId, issue);
    return { outcome: 'ISSUED', issue };
  });
}

function refusalBeforeEarlierClaims(coupon: Coupon): RefusalCode | null {
  if (coupon.state === 'DRAFT') return 'COUPON_NOT_FOUND';
  return coupon.issueMode === 'ASYNC' ? 'WRONG_MODE' : null;
}

/** What refuses everybody who holds no claim yet, whatever is left. */
function refusalOfAll(coupon: Coupon, now: number): RefusalCode | null {
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
