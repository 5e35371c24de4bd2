import { AUDIT_ACTIONS, type AuditEntry } from 'coupon-core';
import { z } from 'zod';
import { page } from '../catalog/list-coupons.query.js';
import { couponIdParameter } from '../http/coupon-id.js';

const value = z.record(z.string(), z.unknown()).nullable();

export const auditPageSchema = z
  .object({
    items: z.array(
      z
        .object({
          id: z.int().min(1),
          at: z.iso.datetime(),
          actor: z.string().describe('User id of the operator.'),
          action: z.enum(AUDIT_ACTIONS),
          couponId: z.int().min(1).nullable().describe('null: what was changed belongs to none.'),
          before: value.describe('What was changed, as it was; null: nothing was there.'),
          after: value.describe('The same, as it is since.'),
          requestId: z.string().describe('`X-Request-Id` of the call.'),
        })
        .meta({ id: 'AuditEntry' }),
    ),
    nextCursor: z.string().nullable().describe('`cursor` of the next page; null: this is the last one.'),
  })
  .meta({ id: 'AuditPage' });

export type AuditPageView = z.infer<typeof auditPageSchema>;

export const auditQuery = z.object({ ...page, couponId: couponIdParameter.optional() });

export type AuditQuery = z.infer<typeof auditQuery>;

/** `entries`: one more than the page holds, where there is one. */
export function auditPage(entries: readonly AuditEntry[], limit: number): AuditPageView {
  const shown = entries.slice(0, limit);
  const items = shown.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() }));
  return { items, nextCursor: entries.length > limit ? String(items.at(-1)!.id) : null };
}
