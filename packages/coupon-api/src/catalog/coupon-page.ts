import type { Coupon } from 'coupon-core';

/** Newest first. `nextCursor` null: the last page. */
export interface CouponPage<View> {
  items: View[];
  nextCursor: string | null;
}

/** `coupons`: one more than the page holds, where there is one. */
export function couponPage<View>(
  coupons: readonly Coupon[],
  limit: number,
  view: (c: Coupon) => View,
): CouponPage<View> {
  const shown = coupons.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(view), nextCursor: coupons.length > limit && last ? String(last.id) : null };
}
