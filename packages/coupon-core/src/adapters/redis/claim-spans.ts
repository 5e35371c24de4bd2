import type { CouponId } from '../../coupon/ids.js';
import { isAnyTraced, type MayBeTraced, Span } from '../../tracing/span.js';

const NONE: ReadonlyMap<CouponId, Span> = new Map();

/** For one call of the gate: a span for each coupon of it that somebody traces, since each has an entry of its own. */
export function claimSpans(
  members: readonly (MayBeTraced & { couponId: CouponId })[],
): ReadonlyMap<CouponId, Span> {
  if (!isAnyTraced(members)) return NONE;
  const spans = new Map<CouponId, Span>();
  for (const [couponId, ofCoupon] of Map.groupBy(members, (member) => member.couponId)) {
    const attributes = { 'coupon.id': String(couponId), 'coupon.members': ofCoupon.length };
    const span = Span.beginShared({ name: 'gate claim', kind: 'CLIENT', attributes }, ofCoupon);
    if (span) spans.set(couponId, span);
  }
  return spans;
}
