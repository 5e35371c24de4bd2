import { MysqlCouponStore } from '../adapters/mysql/coupon-store.mysql.js';
import type { Coupon, CouponDefinition } from '../coupon/coupon.js';
import type { CouponId } from '../coupon/ids.js';
import type { Lifecycle } from '../coupon/issue.js';
import { aDefinition, OPERATOR } from './a-coupon.js';
import type { TestDatabase } from './test-database.js';

const SHARDS = 1;

export const couponStore = (database: TestDatabase): MysqlCouponStore =>
  new MysqlCouponStore(database.dataSource, database.unitOfWork(), SHARDS);

/** An open coupon whose gate has epoch 1; `row`: columns that a test sets by hand. */
export async function openCoupon(
  database: TestDatabase,
  definition: Partial<CouponDefinition> = {},
  row: Record<string, unknown> = {},
): Promise<Coupon> {
  const { id } = await couponStore(database).create(aDefinition(definition), OPERATOR);
  const columns = { state: 'OPEN', epoch: 1, epoch_minted: 1, ...row };
  await database.query('UPDATE coupons SET ? WHERE id = ?', [columns, id]);
  return readCoupon(database, id);
}

export async function readCoupon(database: TestDatabase, id: CouponId): Promise<Coupon> {
  const coupon = await couponStore(database).find(id);
  if (!coupon) throw new Error(`There is no coupon ${id}.`);
  return coupon;
}

export interface FinalRow {
  user: string;
  status: 'ISSUED' | 'REJECTED';
  number: number | null;
  reason: string | null;
  lifecycle: Lifecycle | null;
  epoch: number | null;
  ticket: number | null;
}

/** The final rows of a coupon, read by a statement of the tests' own; issued ones first, by number. */
export async function finalRows(database: TestDatabase, id: CouponId): Promise<FinalRow[]> {
  const rows = await database.query<FinalRow>(
    `SELECT user_id AS user, status, issue_number AS number, reason, lifecycle, epoch, ticket FROM coupon_issues
       WHERE coupon_id = ? ORDER BY issue_number IS NULL, issue_number, user_id`,
    [id],
  );
  const number = (value: unknown) => (value === null ? null : Number(value));
  return rows.map((row) => ({ ...row, number: number(row.number), ticket: number(row.ticket) }));
}
