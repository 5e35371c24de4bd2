import type { CouponEdits } from 'coupon-core';
import { z } from 'zod';
import { couponFields } from './create-coupon.body.js';

/** Fields of the definition that can be edited at all, though after the draft not every one of them. */
const { type: _type, ...editable } = couponFields.shape;

/** What is left out stays as it is, so nothing has a default here. */
const optional = Object.fromEntries(
  Object.entries(editable).map(([field, schema]) => [
    field,
    (schema instanceof z.ZodDefault ? schema.unwrap() : schema).optional(),
  ]),
);

/** The body of `PATCH /admin/v1/coupons/{id}`, as the core takes it. */
export const editCouponBody: z.ZodType<CouponEdits> = z.strictObject(optional).meta({
  id: 'CouponEdits',
  example: { title: 'Ten percent off, extended', issueEndsAt: '2026-12-15T10:00:00+09:00' },
});
