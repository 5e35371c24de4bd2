import { type Coupon, remaining } from 'coupon-core';
import { z } from 'zod';

const count = z.int().min(0);
const time = z.iso.datetime();
const money = z.int().min(0).describe('In minor units of `currency`.');

const discount = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('FIXED'), value: money, maxDiscount: z.null() }),
  z.object({
    kind: z.literal('PERCENT'),
    value: z.int().min(1).max(100),
    maxDiscount: money.nullable(),
  }),
]);

/** A coupon as everybody may see it. Money in minor units of `currency`; times RFC 3339, UTC, milliseconds. */
export const couponViewSchema = z
  .object({
    id: z.int().min(1),
    title: z.string(),
    type: z.literal('FIRST_COME_FIRST_SERVED'),
    state: z.enum(['DRAFT', 'OPEN', 'PAUSED', 'CLOSED']),
    issueMode: z.enum(['SYNC', 'ASYNC', 'BOTH']),
    totalQuantity: count.nullable().describe('null: unlimited.'),
    issuedQuantity: count.describe('Issue numbers given so far.'),
    remaining: count.nullable().describe('null: unlimited. Claims in flight are not counted.'),
    discount,
    currency: z.string(),
    minOrderAmount: money,
    issueStartsAt: time,
    issueEndsAt: time.describe('The window ends before this moment.'),
    validForDays: z.int().min(1).nullable(),
    expiresAt: time.nullable(),
    perUserLimit: z.int().min(1),
    metadata: z.record(z.string(), z.unknown()).nullable(),
    asOf: time.describe('When this was read from the database, by its clock.'),
  })
  .meta({ id: 'Coupon' });

/** What only operators see besides. */
export const operatorCouponViewSchema = couponViewSchema
  .extend({
    admission: z.enum(['GATE', 'QUEUE']),
    lockStrategy: z.enum(['row', 'distributed']),
    returnCancelledUnits: z.boolean(),
    decreaseTo: count.nullable().describe('A smaller total that is announced and not decided yet.'),
    version: count.describe('Moves with every change that can be seen.'),
    gateVersion: count.describe('Moves when the gate has something to learn.'),
    epoch: count.describe("The gate's incarnation that was begun last; 0: none was."),
    epochBuilt: count.describe('The last one that was brought up; less than `epoch` during a rebuild.'),
    issuedByV1: count.describe('Of the issue numbers given, those of V1.'),
    givenBack: count.describe('Issued units that came back and may be issued once more.'),
    returned: count.describe('Tickets that took no unit in the end, or whose unit came back.'),
  })
  .meta({ id: 'OperatorCoupon' });

export type CouponView = z.infer<typeof couponViewSchema>;
export type OperatorCouponView = z.infer<typeof operatorCouponViewSchema>;

export function couponView(coupon: Coupon, asOf: number): CouponView {
  return {
    id: coupon.id,
    title: coupon.title,
    type: coupon.type,
    state: coupon.state,
    issueMode: coupon.issueMode,
    totalQuantity: coupon.totalQuantity,
    issuedQuantity: coupon.issuedQuantity,
    remaining: remaining(coupon),
    discount: coupon.discount,
    currency: coupon.currency,
    minOrderAmount: coupon.minOrderAmount,
    issueStartsAt: rfc3339(coupon.issueStartsAt),
    issueEndsAt: rfc3339(coupon.issueEndsAt),
    validForDays: coupon.validForDays,
    expiresAt: coupon.expiresAt === null ? null : rfc3339(coupon.expiresAt),
    perUserLimit: coupon.perUserLimit,
    metadata: coupon.metadata,
    asOf: rfc3339(asOf),
  };
}

export function operatorCouponView(coupon: Coupon, asOf: number): OperatorCouponView {
  const { admission, lockStrategy, returnCancelledUnits, version, gateVersion, epoch, epochBuilt } = coupon;
  const { issuedByV1, givenBack, returned } = coupon;
  return {
    ...couponView(coupon, asOf),
    admission,
    lockStrategy,
    returnCancelledUnits,
    decreaseTo: coupon.decrease?.total ?? null,
    version,
    gateVersion,
    epoch,
    epochBuilt,
    issuedByV1,
    givenBack,
    returned,
  };
}

const rfc3339 = (ms: number): string => new Date(ms).toISOString();
