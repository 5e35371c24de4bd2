import type { CouponId } from '../coupon/ids.js';
import type { KeptReading } from './coupon-level.js';

export const COUPON_CHANGED = 'coupon.changed';

/** A hint inside this process, after the commit: readers would see this coupon differently now. */
export class CouponChanged {
  constructor(
    readonly couponId: CouponId,
    /** The row as that transaction left it, read under its lock. */
    readonly row: KeptReading,
  ) {}
}
