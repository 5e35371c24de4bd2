import type { Operator } from '../campaign/audit-log.js';
import type { Coupon, CouponDefinition } from '../coupon/coupon.js';
import type { CouponId, UserId } from '../coupon/ids.js';

export const couponId = (id: number): CouponId => id as CouponId;
export const user = (name: string | number): UserId => `${name}` as UserId;
export const users = (count: number, prefix = 'u'): UserId[] =>
  Array.from({ length: count }, (_, i) => user(`${prefix}${i + 1}`));

/** Who changes coupons in tests. */
export const OPERATOR: Operator = { userId: user('operator'), requestId: 'a-request' };

const HOUR_MS = 3_600_000;

/** A campaign of ten units whose window is open now; every field may be given. */
export function aDefinition(given: Partial<CouponDefinition> = {}): CouponDefinition {
  return {
    title: 'Ten for the first',
    type: 'FIRST_COME_FIRST_SERVED',
    totalQuantity: 10,
    issueMode: 'BOTH',
    admission: 'GATE',
    lockStrategy: 'row',
    discount: { kind: 'FIXED', value: 500, maxDiscount: null },
    currency: 'EUR',
    minOrderAmount: 0,
    issueStartsAt: Date.now() - HOUR_MS,
    issueEndsAt: Date.now() + HOUR_MS,
    validForDays: null,
    expiresAt: null,
    perUserLimit: 1,
    returnCancelledUnits: false,
    metadata: null,
    ...given,
  };
}

/** An open coupon as its row says it, with nothing issued; every field may be given. */
export function aCoupon(given: Partial<Coupon> = {}): Coupon {
  return {
    ...aDefinition(),
    id: couponId(7),
    state: 'OPEN',
    decrease: null,
    issuedQuantity: 0,
    issuedByV1: 0,
    givenBack: 0,
    returned: 0,
    version: 1,
    gateVersion: 1,
    epoch: 1,
    epochBuilt: 1,
    shard: 0,
    ...given,
  };
}
