import { createHash } from 'node:crypto';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { Admission, Coupon, CouponState, IssueMode, LockStrategy } from '../../coupon/coupon.js';
import type { CouponId } from '../../coupon/ids.js';

/** Drivers hand BIGINTs over as strings; every number of this table is far below 2^53. */
const number = {
  to: (value: unknown) => value,
  from: (value: string | number | null) => (value === null ? null : Number(value)),
};

/** A row of `coupons`, as TypeORM and the plain statements of the hot paths read it. */
@Entity('coupons')
export class CouponRow {
  @PrimaryGeneratedColumn({ type: 'bigint', unsigned: true }) id!: number;
  @Column('varchar') title!: string;
  @Column('varchar') type!: 'FIRST_COME_FIRST_SERVED';
  @Column('varchar') state!: CouponState;
  @Column('varchar', { name: 'issue_mode' }) issueMode!: IssueMode;
  @Column('varchar') admission!: Admission;
  @Column('varchar', { name: 'lock_strategy' }) lockStrategy!: LockStrategy;
  @Column('bigint', { name: 'total_quantity', transformer: number }) totalQuantity!: number | null;
  @Column('bigint', { name: 'pending_total', transformer: number, default: null }) pendingTotal!:
    | number
    | null;
  @Column('bigint', { name: 'pending_id', transformer: number, default: null }) pendingId!: number | null;
  @Column('bigint', { name: 'issued_quantity', transformer: number, default: 0 }) issuedQuantity!: number;
  @Column('bigint', { name: 'issued_by_v1', transformer: number, default: 0 }) issuedByV1!: number;
  @Column('bigint', { name: 'given_back', transformer: number, default: 0 }) givenBack!: number;
  @Column('bigint', { transformer: number, default: 0 }) returned!: number;
  @Column('varchar', { name: 'discount_kind' }) discountKind!: 'FIXED' | 'PERCENT';
  @Column('bigint', { name: 'discount_value', transformer: number }) discountValue!: number;
  @Column('bigint', { name: 'discount_max', transformer: number }) discountMax!: number | null;
  @Column('char') currency!: string;
  @Column('bigint', { name: 'min_order_amount', transformer: number }) minOrderAmount!: number;
  @Column('datetime', { name: 'issue_starts_at', precision: 3 }) issueStartsAt!: Date;
  @Column('datetime', { name: 'issue_ends_at', precision: 3 }) issueEndsAt!: Date;
  @Column('int', { name: 'valid_for_days' }) validForDays!: number | null;
  @Column('datetime', { name: 'expires_at', precision: 3 }) expiresAt!: Date | null;
  @Column('smallint', { name: 'per_user_limit' }) perUserLimit!: number;
  @Column('boolean', { name: 'return_cancelled_units' }) returnCancelledUnits!: boolean;
  @Column('json') metadata!: Record<string, unknown> | string | null;
  @Column('smallint') shard!: number;
  @Column('bigint', { transformer: number, default: 1 }) version!: number;
  @Column('bigint', { name: 'gate_version', transformer: number, default: 1 }) gateVersion!: number;
  @Column('int', { default: 0 }) epoch!: number;
  @Column('int', { name: 'epoch_built', default: 0 }) epochBuilt!: number;
  @Column('datetime', { name: 'created_at', precision: 3 }) createdAt!: Date;
  @Column('datetime', { name: 'updated_at', precision: 3 }) updatedAt!: Date;
}

/** The columns of a coupon row under the names of `CouponRow`, for plain SELECTs. */
export const COUPON_COLUMNS = `
  id, title, type, state, issue_mode AS issueMode, admission, lock_strategy AS lockStrategy, total_quantity AS totalQuantity,
  pending_total AS pendingTotal, pending_id AS pendingId,
  issued_quantity AS issuedQuantity, issued_by_v1 AS issuedByV1, given_back AS givenBack, returned,
  discount_kind AS discountKind, discount_value AS discountValue, discount_max AS discountMax, currency,
  min_order_amount AS minOrderAmount, issue_starts_at AS issueStartsAt, issue_ends_at AS issueEndsAt,
  valid_for_days AS validForDays, expires_at AS expiresAt, per_user_limit AS perUserLimit,
  return_cancelled_units AS returnCancelledUnits, metadata, shard, version, gate_version AS gateVersion, epoch, epoch_built AS epochBuilt`;

/** Coupons as the rows have them at the database's time `asOf`. */
export const lookCouponsSql = (ids: readonly CouponId[]): string =>
  `SELECT ${COUPON_COLUMNS}, UTC_TIMESTAMP(3) AS asOf FROM coupons FORCE INDEX (PRIMARY) WHERE id IN (${ids.join(',')})`;

export type LookedRow = CouponRow & { asOf: Date };

export const toReading = ({ asOf, ...row }: LookedRow): { coupon: Coupon; asOf: number } => ({
  coupon: toCoupon(row),
  asOf: asOf.getTime(),
});

/** Moves with what a coupon consists of, so that nothing is read that a program of another version has kept. */
export const COUPON_SHAPE = createHash('sha1').update(COUPON_COLUMNS).digest('hex').slice(0, 6);

export function toCoupon(row: CouponRow): Coupon {
  const {
    discountKind,
    discountValue,
    discountMax,
    pendingTotal,
    pendingId,
    createdAt: _created,
    updatedAt: _updated,
    ...same
  } = row;
  return {
    ...same,
    id: Number(row.id) as CouponId,
    decrease: pendingTotal === null ? null : { total: pendingTotal, id: Number(pendingId) },
    discount:
      discountKind === 'FIXED'
        ? { kind: 'FIXED', value: discountValue, maxDiscount: null }
        : { kind: 'PERCENT', value: discountValue, maxDiscount: discountMax },
    issueStartsAt: row.issueStartsAt.getTime(),
    issueEndsAt: row.issueEndsAt.getTime(),
    expiresAt: row.expiresAt?.getTime() ?? null,
    returnCancelledUnits: Boolean(row.returnCancelledUnits),
    // MariaDB keeps JSON as text and hands it over as such.
    metadata: typeof row.metadata === 'string' ? JSON.parse(row.metadata) : row.metadata,
  };
}
