import type { CouponId } from '../coupon/ids.js';

/** What a process does about the changes that others tell of. */
export interface CouponListener {
  drop(id: CouponId, version: number): void;
  /** Messages may have been missed. */
  dropAll(): void;
}

/** Tells every process which versions of coupons there are now. Messages may be lost. */
export abstract class CouponMessages {
  /** False where nobody could be told. */
  abstract publish(versions: ReadonlyMap<CouponId, number>): Promise<boolean>;

  abstract listen(listener: CouponListener): void;
}
