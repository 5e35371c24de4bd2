import type { CouponId } from '../../coupon/ids.js';

/** Reads `coupon, epoch …` as `epochs_of` of the scripts answers it. */
export function epochsOf(flat: readonly string[]): Map<CouponId, number> {
  const epochs = new Map<CouponId, number>();
  for (let i = 0; i < flat.length; i += 2) epochs.set(Number(flat[i]) as CouponId, Number(flat[i + 1]));
  return epochs;
}
