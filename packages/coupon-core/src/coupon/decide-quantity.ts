import { type Coupon, hasGate, live } from './coupon.js';

export type QuantityRefusal = 'CLOSED' | 'DECREASE_UNDER_WAY' | 'QUANTITY_BELOW_CLAIMED';

export type QuantityDecision =
  | { outcome: 'UNCHANGED' }
  /** In force with the row. */
  | { outcome: 'SET' }
  /** Tickets may be out that the row knows nothing of: the gate has to agree. */
  | { outcome: 'ANNOUNCE' }
  /** By somebody who asked for the same and has not finished it: this one goes on. */
  | { outcome: 'ANNOUNCED_BEFORE' }
  | { outcome: 'REFUSED'; code: QuantityRefusal };

/** What becomes of another total; null: unlimited, so that every number is less. */
export function decideQuantity(coupon: Coupon, total: number | null): QuantityDecision {
  const { state, totalQuantity, decrease } = coupon;
  if (state === 'CLOSED') return { outcome: 'REFUSED', code: 'CLOSED' };
  if (decrease) {
    return decrease.total === total
      ? { outcome: 'ANNOUNCED_BEFORE' }
      : { outcome: 'REFUSED', code: 'DECREASE_UNDER_WAY' };
  }
  if (total === totalQuantity) return { outcome: 'UNCHANGED' };
  if (total !== null && total < live(coupon)) return { outcome: 'REFUSED', code: 'QUANTITY_BELOW_CLAIMED' };
  const isLess = total !== null && (totalQuantity === null || total < totalQuantity);
  const isAtGate = hasGate(coupon) && state !== 'DRAFT';
  return { outcome: isLess && isAtGate ? 'ANNOUNCE' : 'SET' };
}
