import { type CouponId, parseUserId } from 'coupon-core';
import { z } from 'zod';

const NOT_A_USER = 'has to be a whole number from 0, or 1 to 64 characters of A-Z a-z 0-9 . _ : | @ and -';

/** A number stands for the user whom its decimal digits name. */
const userId = z
  .union([z.int().min(0), z.string()], { error: NOT_A_USER })
  .describe(`The user: ${NOT_A_USER}.`)
  .transform((given, context) => {
    const id = parseUserId(String(given));
    if (id !== null) return id;
    context.addIssue({ code: 'custom', message: NOT_A_USER });
    return z.NEVER;
  });

const couponId = z
  .int()
  .min(1)
  .transform((id) => id as CouponId);

/** The body of the three compatibility calls. */
export const compatibilityBody = z
  .strictObject({ userId, couponId })
  .meta({ id: 'CompatibilityRequest', example: { userId: 1, couponId: 1 } });

export type CompatibilityBody = z.infer<typeof compatibilityBody>;
