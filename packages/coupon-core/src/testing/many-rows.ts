import type { CouponId } from '../coupon/ids.js';
import { users } from './a-coupon.js';
import type { TestDatabase } from './test-database.js';

const ROWS_PER_INSERT = 10_000;
const VOIDS = 5_000;
const DEAD_LETTERS = 1_000;
/** Every so many voids and dead letters are one of the hot coupon, and the others are spread over all coupons. */
const HOT_ONE_IN = 10;

/**
 * Makes the tables so large that a server chooses its plans as in production: copies of the hot coupon, whose gates
 * know all; issues of the hot one with the users `x0-1`, `x0-2` …; tickets 1,000,000 … voided.
 */
export async function fillTables(
  database: TestDatabase,
  hot: CouponId,
  { coupons, issues }: { coupons: number; issues: number },
): Promise<void> {
  await copyCoupon(database, coupons);
  await insertIssues(database, hot, issues);
  await insertVoids(database, hot, coupons);
  await insertDeadLetters(database, hot, coupons);
  await database.query('ANALYZE TABLE coupons, coupon_issues, voided_tickets, dead_letters');
}

/** The table doubles until it is large enough. */
async function copyCoupon(database: TestDatabase, countMin: number): Promise<void> {
  const columns = (
    await database.query<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns
       WHERE table_schema = DATABASE() AND table_name = 'coupons' AND column_name NOT IN ('id', 'gate_due', 'gate_live')`,
    )
  ).map(({ name }) => name);
  for (let count = 1; count < countMin; count *= 2) {
    await database.query('INSERT INTO coupons (??) SELECT ?? FROM coupons', [columns, columns]);
  }
}

async function insertIssues(database: TestDatabase, hot: CouponId, count: number): Promise<void> {
  const now = new Date();
  for (let from = 0; from < count; from += ROWS_PER_INSERT) {
    const rows = users(ROWS_PER_INSERT, `x${from}-`).map((name, i) => [
      hot,
      name,
      'ISSUED',
      from + i + 1,
      1,
      from + i + 1,
      now,
    ]);
    await database.query(
      'INSERT INTO coupon_issues (coupon_id, user_id, status, issue_number, epoch, ticket, issued_at) VALUES ?',
      [rows],
    );
  }
}

const ownerOf = (i: number, hot: CouponId, coupons: number) =>
  i % HOT_ONE_IN === 0 ? hot : 1 + (i % coupons);

async function insertVoids(database: TestDatabase, hot: CouponId, coupons: number): Promise<void> {
  const now = new Date();
  const rows = Array.from({ length: VOIDS }, (_, i) => [
    ownerOf(i, hot, coupons),
    1,
    1_000_000 + i,
    `x0-${i + 1}`,
    now,
  ]);
  await database.query(
    'INSERT INTO voided_tickets (coupon_id, epoch, ticket, user_id, created_at) VALUES ?',
    [rows],
  );
}

async function insertDeadLetters(database: TestDatabase, hot: CouponId, coupons: number): Promise<void> {
  const now = new Date();
  const rows = Array.from({ length: DEAD_LETTERS }, (_, i) => {
    const claim = { userId: `dead-${i}`, epoch: 1, ticket: 3_000_000 + i, acceptedAt: now.getTime() };
    return [`dead-${i}`, ownerOf(i, hot, coupons), JSON.stringify(claim), 'A test.', now, now];
  });
  await database.query(
    'INSERT INTO dead_letters (source_key, coupon_id, payload, cause, created_at, updated_at) VALUES ?',
    [rows],
  );
}
