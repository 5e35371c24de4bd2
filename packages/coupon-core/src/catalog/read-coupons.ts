import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { CouponStore } from '../campaign/coupon-store.js';
import type { Coupon } from '../coupon/coupon.js';
import { GetCoupon, ListCoupons } from './queries.js';

@QueryHandler(GetCoupon)
export class GetCouponHandler implements IQueryHandler<GetCoupon> {
  constructor(private readonly store: CouponStore) {}

  async execute({ couponId, drafts }: GetCoupon): Promise<{ coupon: Coupon; asOf: number } | null> {
    const coupon = await this.store.find(couponId);
    if (!coupon || (drafts === 'hidden' && coupon.state === 'DRAFT')) return null;
    return { coupon, asOf: await this.store.now() };
  }
}

@QueryHandler(ListCoupons)
export class ListCouponsHandler implements IQueryHandler<ListCoupons> {
  constructor(private readonly store: CouponStore) {}

  async execute({ states, beforeId, limit }: ListCoupons): Promise<{ coupons: Coupon[]; asOf: number }> {
    return { coupons: await this.store.list({ states, beforeId, limit }), asOf: await this.store.now() };
  }
}
