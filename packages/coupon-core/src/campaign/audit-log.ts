import type { CouponId, UserId } from '../coupon/ids.js';

/** Who changes something that is not their own, and by which request: an operator, or a service. */
export interface Operator {
  userId: UserId;
  requestId: string;
}

export const AUDIT_ACTIONS = [
  'CREATE',
  'EDIT',
  'OPEN',
  'PAUSE',
  'CLOSE',
  'CHANGE_QUANTITY',
  'ANNOUNCE_DECREASE',
  'CONFIRM_DECREASE',
  'WITHDRAW_DECREASE',
  'REBUILD',
  'RECONCILE',
  'CANCEL_ISSUE',
  'REVOKE_ISSUE',
  'RETRY_DEAD_LETTER',
  'DISCARD_DEAD_LETTER',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** One write of an operator. `before` and `after` say what it changed, and nothing else. */
export interface AuditedWrite {
  action: AuditAction;
  /** null: what was changed belongs to none. */
  couponId: CouponId | null;
  /** null: there was nothing. */
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

export interface AuditEntry extends AuditedWrite {
  id: number;
  at: number;
  actor: UserId;
  requestId: string;
}

export interface AuditPage {
  /** null: of all coupons. */
  couponId: CouponId | null;
  beforeId: number | null;
  limit: number;
}

/**
 * What operators have changed. An entry is written in the transaction of its change (`adapters/mysql/audit-rows.ts`),
 * so there is neither without the other; what was refused has changed nothing and is not here.
 */
export abstract class AuditLog {
  /** Newest first. Throws `StoreUnavailable`. */
  abstract list(page: AuditPage): Promise<AuditEntry[]>;
}
