import { Query } from '@nestjs/cqrs';
import type { Coupon, CouponState } from '../coupon/coupon.js';
import type { CouponId } from '../coupon/ids.js';
import type { ReadFrom } from './coupon-reading.js';

/**
 * A coupon with the database's clock when its row was read; null where there is none (a DRAFT to the public). With
 * drafts shown it is the row as it is now, else it may come from the cache.
 */
export class GetCoupon extends Query<{ coupon: Coupon; asOf: number; from: ReadFrom } | null> {
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
