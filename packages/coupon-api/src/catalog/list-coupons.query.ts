import { parseCouponId } from 'coupon-core';
import { z } from 'zod';

const PAGE_DEFAULT = 20;
const PAGE_MAX = 100;

/** Newest first: the cursor is the id of the last one shown. */
export const page = {
  cursor: z
    .string()
    .describe('`nextCursor` of the page before.')
    .transform((text, context) => {
      const id = parseCouponId(text);
      if (id !== null) return id;
      context.addIssue({ code: 'custom', message: 'is not a cursor that this API has given' });
      return z.NEVER;
    })
    .optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_DEFAULT),
};

export const PUBLIC_STATES = ['OPEN', 'PAUSED', 'CLOSED'] as const;
export const ALL_STATES = ['DRAFT', ...PUBLIC_STATES] as const;

export const listCouponsQuery = z.object({ ...page, state: z.enum(PUBLIC_STATES).optional() });

export const listAllCouponsQuery = z.object({ ...page, state: z.enum(ALL_STATES).optional() });

export type ListCouponsQuery = z.infer<typeof listCouponsQuery>;
export type ListAllCouponsQuery = z.infer<typeof listAllCouponsQuery>;
