import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { CouponStore } from '../campaign/coupon-store.js';
import type { Coupon } from '../coupon/coupon.js';
import { CouponCache } from './coupon-cache.js';
import type { ReadFrom } from './coupon-reading.js';
import { GetCoupon, ListCoupons } from './queries.js';

@QueryHandler(GetCoupon)
export class GetCouponHandler implements IQueryHandler<GetCoupon> {
  constructor(
    private readonly cache: CouponCache,
    private readonly store: CouponStore,
  ) {}

  async execute({
    couponId,
    drafts,
  }: GetCoupon): Promise<{ coupon: Coupon; asOf: number; from: ReadFrom } | null> {
    if (drafts === 'shown') {
      const row = (await this.store.look([couponId])).get(couponId);
      return row ? { ...row, from: 'DB' } : null;
    }
    const { reading, from } = await this.cache.find(couponId);
    return reading && { ...reading, from };
  }
}

@QueryHandler(ListCoupons)
export class ListCouponsHandler implements IQueryHandler<ListCoupons> {
  constructor(private readonly store: CouponStore) {}

  async execute({ states, beforeId, limit }: ListCoupons): Promise<{ coupons: Coupon[]; asOf: number }> {
    return { coupons: await this.store.list({ states, beforeId, limit }), asOf: await this.store.now() };
  }
}
