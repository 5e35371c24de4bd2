import { LRUCache } from 'lru-cache';
import type { CouponId } from '../../coupon/ids.js';

const COUPONS_MAX = 10_000;
const REMEMBERED_MS = 1_000;

/** Coupons that a moment ago met somebody who had a row, or refused somebody, and will again. */
export class RecentRepeats {
  private readonly coupons = new LRUCache<CouponId, true>({ max: COUPONS_MAX, ttl: REMEMBERED_MS });

  add(couponId: CouponId): void {
    this.coupons.set(couponId, true);
  }

  has(couponId: CouponId): boolean {
    return this.coupons.has(couponId);
  }
}
