import { type CouponId, parseCouponId } from 'coupon-core';
import { z } from 'zod';
import { RequestRefused } from './problem.js';

const RANGE = 'a whole number from 1 to 2^53 - 1';
const NOT_AN_ID = `A coupon id is ${RANGE}.`;

/** A coupon id in a path, as /openapi.json shows it. */
export const couponIdSchema = { type: 'integer', minimum: 1, description: RANGE } as const;

/** Reads a coupon id from a path, where a controller is called. */
export const couponIdParameter = z
  .string()
  .meta(couponIdSchema)
  .transform((text, context) => {
    const id = parseCouponId(text);
    if (id !== null) return id;
    context.addIssue({ code: 'custom', message: NOT_AN_ID });
    return z.NEVER;
  });

/** The same on the hot routes; throws `RequestRefused`. */
export function couponIdOf(text: string): CouponId {
  const id = parseCouponId(text);
  if (id === null) throw new RequestRefused('VALIDATION_FAILED', NOT_AN_ID);
  return id;
}
