import type { Coupon } from 'coupon-core';
import { z } from 'zod';
import { couponViewSchema, operatorCouponViewSchema } from './coupon-view.js';

const nextCursor = z.string().nullable().describe('`cursor` of the next page; null: this is the last one.');

export const couponPageSchema = z
  .object({ items: z.array(couponViewSchema), nextCursor })
  .meta({ id: 'CouponPage' });

export const operatorCouponPageSchema = z
  .object({ items: z.array(operatorCouponViewSchema), nextCursor })
  .meta({ id: 'OperatorCouponPage' });

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
