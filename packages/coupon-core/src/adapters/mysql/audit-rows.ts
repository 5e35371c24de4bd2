import { format } from 'mysql2';
import type { AuditAction, AuditEntry, AuditedWrite, Operator } from '../../campaign/audit-log.js';
import type { CouponId, UserId } from '../../coupon/ids.js';
import type { Transaction } from './unit-of-work.js';

/** Notes what an operator changes, in the transaction that changes it; answers the entry's id. */
export async function writeAudit(tx: Transaction, by: Operator, write: AuditedWrite): Promise<number> {
  const { insertId } = await tx.write(insertAuditSql(by, write));
  return insertId;
}

/** The same as a statement, for what travels with others. */
export const insertAuditSql = (by: Operator, { action, couponId, before, after }: AuditedWrite): string =>
  format(
    `INSERT INTO audit_log (at, actor, action, coupon_id, value_before, value_after, request_id)
       VALUES (UTC_TIMESTAMP(3), ?, ?, ?, ?, ?, ?)`,
    [by.userId, action, couponId, jsonOf(before), jsonOf(after), by.requestId],
  );

/** Who made an earlier entry. */
export async function operatorOf(tx: Transaction, entryId: number): Promise<Operator> {
  const [entry] = await tx.rows<Operator>(
    'SELECT actor AS userId, request_id AS requestId FROM audit_log WHERE id = ?',
    [entryId],
  );
  return entry!;
}

type Value = AuditedWrite['before'];

const jsonOf = (value: Value): string | null => (value === null ? null : JSON.stringify(value));

export interface AuditRow {
  id: number;
  at: Date;
  actor: UserId;
  action: AuditAction;
  couponId: number | null;
  valueBefore: Value | string;
  valueAfter: Value | string;
  requestId: string;
}

/** The index is named, so that reading ends with the page on either server. */
export const listAuditSql = (ofCoupon: boolean): string => `
  SELECT id, at, actor, action, coupon_id AS couponId, value_before AS valueBefore, value_after AS valueAfter,
      request_id AS requestId
    FROM audit_log FORCE INDEX (${ofCoupon ? 'audit_log_coupon' : 'PRIMARY'})
    WHERE ${ofCoupon ? 'coupon_id = ? AND ' : ''}id < ? ORDER BY id DESC LIMIT ?`;

export function toAuditEntry(row: AuditRow): AuditEntry {
  const { at, valueBefore, valueAfter, ...same } = row;
  return {
    ...same,
    id: Number(row.id),
    at: at.getTime(),
    couponId: row.couponId === null ? null : (Number(row.couponId) as CouponId),
    before: parsed(valueBefore),
    after: parsed(valueAfter),
  };
}

/** MariaDB keeps JSON as text and hands it over as such. */
const parsed = (value: Value | string): Value => (typeof value === 'string' ? JSON.parse(value) : value);
