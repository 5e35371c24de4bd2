import { Query } from '@nestjs/cqrs';
import type { Coupon, CouponState } from '../coupon/coupon.js';
import type { CouponId } from '../coupon/ids.js';

/** A coupon as the rows have it now, with the database's clock; null where there is none (a DRAFT to the public). */
export class GetCoupon extends Query<{ coupon: Coupon; asOf: number } | null> {
  constructor(
    readonly couponId: CouponId,
    readonly drafts: 'hidden' | 'shown',
  ) {
    super();
  }
}

/** Newest first. */
export class ListCoupons extends Query<{ coupons: Coupon[]; asOf: number }> {
  constructor(
    readonly states: readonly CouponState[],
    readonly beforeId: CouponId | null,
    readonly limit: number,
  ) {
    super();
  }
}
