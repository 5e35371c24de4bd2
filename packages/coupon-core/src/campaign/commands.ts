import { Command } from '@nestjs/cqrs';
import type { Coupon, CouponDefinition, PublishedState } from '../coupon/coupon.js';
import type { CouponEdits, DefinitionFault } from '../coupon/decide-edit.js';
import type { QuantityRefusal } from '../coupon/decide-quantity.js';
import type { CouponId } from '../coupon/ids.js';
import type { RebuildOutcome } from '../issuance/rebuild-gate.js';
import type { ReconcileOutcome } from '../issuance/reconcile-gate.js';
import type { Operator } from './audit-log.js';
import type { EditResult } from './coupon-store.js';

export type CreateOutcome =
  | { outcome: 'CREATED'; coupon: Coupon }
  | { outcome: 'INVALID'; faults: DefinitionFault[] };

/** Creates a coupon in state DRAFT. */
export class CreateCoupon extends Command<CreateOutcome> {
  constructor(
    readonly definition: CouponDefinition,
    readonly by: Operator,
  ) {
    super();
  }
}

export type MoveOutcome =
  | { outcome: 'MOVED' | 'UNCHANGED'; coupon: Coupon }
  | { outcome: 'NOT_ALLOWED'; coupon: Coupon }
  | { outcome: 'COUPON_NOT_FOUND' };

/** Opens (or resumes), pauses or closes a coupon; asking for the present state again is no error. */
export class MoveCoupon extends Command<MoveOutcome> {
  constructor(
    readonly couponId: CouponId,
    readonly to: PublishedState,
    readonly by: Operator,
  ) {
    super();
  }
}

export type EditOutcome =
  | EditResult
  | { outcome: 'INVALID'; faults: DefinitionFault[] }
  | { outcome: 'COUPON_NOT_FOUND' };

/** Changes what an operator has defined. */
export class EditCoupon extends Command<EditOutcome> {
  constructor(
    readonly couponId: CouponId,
    readonly edits: CouponEdits,
    /** Only where the row still has this version; null: whatever it has. */
    readonly ifVersion: number | null,
    readonly by: Operator,
  ) {
    super();
  }
}

export type QuantityOutcome =
  | { outcome: 'CHANGED'; coupon: Coupon }
  | { outcome: 'REFUSED'; code: QuantityRefusal; coupon: Coupon }
  /** A decrease could not be decided; it was withdrawn. */
  | { outcome: 'GATE_AWAY' }
  | { outcome: 'COUPON_NOT_FOUND' };

/** Changes how many units there are; null: unlimited. */
export class ChangeQuantity extends Command<QuantityOutcome> {
  constructor(
    readonly couponId: CouponId,
    readonly total: number | null,
    readonly by: Operator,
  ) {
    super();
  }
}

/** Rebuilds the gate of a coupon from MySQL and from what survived in Redis; UNDER_WAY where that takes long. */
export class RebuildCouponGate extends Command<RebuildOutcome | { outcome: 'UNDER_WAY' }> {
  constructor(
    readonly couponId: CouponId,
    readonly by: Operator,
  ) {
    super();
  }
}

/** Compares the gate of a coupon with its rows, claim by claim, and drives again what nobody would settle. */
export class ReconcileCouponGate extends Command<
  ReconcileOutcome | { outcome: 'UNDER_WAY' | 'COUPON_NOT_FOUND' }
> {
  constructor(
    readonly couponId: CouponId,
    readonly by: Operator,
  ) {
    super();
  }
}
