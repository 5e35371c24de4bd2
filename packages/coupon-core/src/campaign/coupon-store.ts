import type { Coupon, CouponDefinition, CouponState, GateView } from '../coupon/coupon.js';
import type { CouponId } from '../coupon/ids.js';

/** The coupon rows, for operators and readers. Every method throws `StoreUnavailable` where MySQL does not answer. */
export abstract class CouponStore {
  abstract create(definition: CouponDefinition): Promise<Coupon>;

  abstract find(id: CouponId): Promise<Coupon | null>;

  /** Newest first, at most `limit`. DRAFTs only where asked for by state. */
  abstract list(filter: { state: CouponState | null; limit: number; beforeId: CouponId | null }): Promise<Coupon[]>;

  /** Moves the state under the row's lock; the present coupon with `moved: false` where the move is not allowed. */
  abstract moveState(id: CouponId, to: CouponState): Promise<{ moved: boolean; coupon: Coupon } | null>;

  /** Views that the gate has not taken yet, oldest version first. */
  abstract findUntakenViews(limit: number): Promise<{ view: GateView; epoch: number }[]>;

  /** Remembers that the gate has taken these versions, so that they are not sent again. */
  abstract markTaken(views: readonly GateView[]): Promise<void>;

  /** The database's clock, milliseconds. */
  abstract now(): Promise<number>;
}
