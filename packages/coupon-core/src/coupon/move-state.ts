import type { CouponState } from './coupon.js';

/** Where a coupon may go from each state. Staying is no move; CLOSED is final. */
const MOVES: Readonly<Record<CouponState, readonly CouponState[]>> = {
  DRAFT: ['OPEN', 'CLOSED'],
  OPEN: ['PAUSED', 'CLOSED'],
  PAUSED: ['OPEN', 'CLOSED'],
  CLOSED: [],
};

export function mayMove(from: CouponState, to: CouponState): boolean {
  return MOVES[from].includes(to);
}
