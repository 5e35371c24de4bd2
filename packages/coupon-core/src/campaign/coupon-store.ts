import type { Coupon, CouponDefinition, CouponState, GateView, PublishedState } from '../coupon/coupon.js';
import type { CouponEdits, EditDecision } from '../coupon/decide-edit.js';
import type { QuantityDecision } from '../coupon/decide-quantity.js';
import type { CouponId } from '../coupon/ids.js';
import type { ExpectedGate } from '../issuance/gate.js';
import type { Operator } from './audit-log.js';

export interface CouponList {
  states: readonly CouponState[];
  limit: number;
  beforeId: CouponId | null;
}

export interface ServedList {
  state: 'OPEN' | 'PAUSED';
  limit: number;
  beforeId: CouponId | null;
}

/** With the coupon as it is then. */
export type EditResult = (EditDecision | { outcome: 'VERSION_DIFFERS' }) & { coupon: Coupon };

export interface QuantityChange {
  decision: QuantityDecision;
  /** As it is behind the decision. */
  coupon: Coupon;
}

/** That a row changed, and when its statement ran; the transaction may have committed later. */
export interface ChangedCoupon {
  id: CouponId;
  version: number;
  updatedAt: number;
}

/**
 * The coupon rows, for operators and readers. What an operator changes is audited in the same transaction. Every method
 * throws `StoreUnavailable` where MySQL does not answer.
 */
export abstract class CouponStore {
  abstract create(definition: CouponDefinition, by: Operator): Promise<Coupon>;

  abstract find(id: CouponId): Promise<Coupon | null>;

  /** The coupons of these ids that there are, each with the database's clock when its row was read. */
  abstract look(ids: readonly CouponId[]): Promise<Map<CouponId, { coupon: Coupon; asOf: number }>>;

  /** Changed at that moment or later, and behind `afterId` where at that very moment; in this order. */
  abstract findChanged(updatedAt: number, afterId: CouponId, limit: number): Promise<ChangedCoupon[]>;

  /** Newest first, at most `limit`. */
  abstract list(which: CouponList): Promise<Coupon[]>;

  /** Moves the state under the row's lock; the present coupon with `moved: false` where the move is not allowed. */
  abstract moveState(
    id: CouponId,
    to: PublishedState,
    by: Operator,
  ): Promise<{ moved: boolean; coupon: Coupon } | null>;

  /** Edits under the row's lock (`coupon/decide-edit.ts`); null: there is no such coupon. */
  abstract edit(
    id: CouponId,
    edits: CouponEdits,
    ifVersion: number | null,
    by: Operator,
  ): Promise<EditResult | null>;

  /** Another total, decided under the row's lock (`coupon/decide-quantity.ts`); null: there is no such coupon. */
  abstract changeTotal(id: CouponId, total: number | null, by: Operator): Promise<QuantityChange | null>;

  /**
   * Ends the announcement of this id, where it is still the present one: `fits` puts it into force, unless more is
   * issued meanwhile. Answers the coupon as it is then.
   */
  abstract finishDecrease(id: CouponId, decreaseId: number, fits: boolean): Promise<Coupon | null>;

  /** Views that the gate has not taken yet, of coupons behind `afterId`, in order of id. */
  abstract findUntakenViews(limit: number, afterId?: number): Promise<GateView[]>;

  /**
   * The gates of coupons that V2 serves, newest first, at most `limit`. One that was opened a moment ago and has no
   * gate yet is left to whoever opened it.
   */
  abstract findServed(which: ServedList): Promise<ExpectedGate[]>;

  /** Remembers that the gate has taken these versions, so that they are not sent again. */
  abstract markTaken(views: readonly GateView[]): Promise<void>;

  /** Coupons whose gate holds claims, behind `afterId`, in order of id. */
  abstract findLiveGates(limit: number, afterId: number): Promise<Coupon[]>;

  /** The database's clock, milliseconds. */
  abstract now(): Promise<number>;
}
