import type { Coupon, CouponId } from 'coupon-core';

/** An open coupon with a hundred units, of which three are issued. */
export function aCoupon(changes: Partial<Coupon> = {}): Coupon {
  return {
    id: 7 as CouponId,
    title: 'Ten off',
    type: 'FIRST_COME_FIRST_SERVED',
    state: 'OPEN',
    decrease: null,
    totalQuantity: 100,
    issueMode: 'BOTH',
    admission: 'GATE',
    lockStrategy: 'row',
    discount: { kind: 'FIXED', value: 1_000, maxDiscount: null },
    currency: 'USD',
    minOrderAmount: 0,
    issueStartsAt: Date.UTC(2026, 0, 1),
    issueEndsAt: Date.UTC(2027, 0, 1),
    validForDays: null,
    expiresAt: null,
    perUserLimit: 1,
    returnCancelledUnits: false,
    metadata: null,
    issuedQuantity: 3,
    issuedByV1: 1,
    givenBack: 0,
    returned: 0,
    version: 12,
    gateVersion: 2,
    epoch: 1,
    epochBuilt: 1,
    shard: 0,
    ...changes,
  };
}
