import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Coupon } from '../../coupon/coupon.js';
import type { CouponId } from '../../coupon/ids.js';
import { couponId, user, users } from '../../testing/a-coupon.js';
import { allOf } from '../../testing/all-of.js';
import { anEntry } from '../../testing/an-entry.js';
import { openCoupon } from '../../testing/coupon-rows.js';
import { fillTables } from '../../testing/many-rows.js';
import { RecordingUnitOfWork, type SentStatement } from '../../testing/recording-unit-of-work.js';
import { TestDatabase } from '../../testing/test-database.js';
import { changeCountersSql, lockCouponsSql } from './coupon-rows.js';
import { MysqlCouponStore, untakenViewsSql } from './coupon-store.mysql.js';
import { findIssuesSql } from './issue-rows.js';
import { MysqlIssueStore } from './issue-store.mysql.js';

const ISSUES = 40_000;
const COUPONS = 3_000;
const BATCH = 500;
/** The most that `CONSUMER_CLAIMS_MAX` may be. */
const BATCH_MAX = 5_000;

let database: TestDatabase;
let hot: Coupon;
let unitOfWork: RecordingUnitOfWork;
let store: MysqlIssueStore;

beforeAll(async () => {
  database = await TestDatabase.create();
  hot = await openCoupon(
    database,
    { totalQuantity: null },
    { issued_quantity: ISSUES, gate_version_taken: 1 },
  );
  unitOfWork = new RecordingUnitOfWork(database.pool);
  await fillTables(database, hot.id, { coupons: COUPONS, issues: ISSUES });
});

// A store that met repeats a moment ago looks their coupons up first, so each story has one that remembers none.
beforeEach(() => {
  store = new MysqlIssueStore(unitOfWork);
});

afterAll(() => database?.drop());

interface Plan {
  table: string;
  type: string;
  key: string | null;
  rows: number;
}

async function plansOf({ sql, values }: SentStatement): Promise<Plan[]> {
  const lines = await database.query<Plan>(`EXPLAIN FORMAT=TRADITIONAL ${sql}`, [...values]);
  return lines.map(({ table, type, key, rows }) => ({ table, type, key, rows: Number(rows) }));
}

/**
 * Every statement that this work sends and that looks for rows, with how the server would run it. The outbox's insert
 * reads its coupons' counters by their ids, in the row of the insert.
 */
async function plansDuring(work: () => Promise<unknown>): Promise<(Plan & { sql: string })[]> {
  unitOfWork.statements.length = 0;
  await work();
  const searching = unitOfWork.statements.filter(
    ({ sql }) => /\b(FROM|UPDATE)\b/.test(sql) && !/ON DUPLICATE|INTO outbox/.test(sql),
  );
  const plans = await Promise.all(
    searching.map(async (statement) => {
      const sql = statement.sql.replace(/\s+/g, ' ').trim().slice(0, 60);
      return (await plansOf(statement)).map((plan) => ({ ...plan, sql }));
    }),
  );
  return plans.flat();
}

/** An access that reads a whole table or a whole index. */
const isFullScan = ({ type }: Plan) => type === 'ALL' || type === 'index';

describe('the plan of every statement of a batch, on tables with many rows', () => {
  it('V1: lock, look-up and counters go by primary key', async () => {
    const issuing = await plansDuring(() => store.issueNow(hot.id, users(200, 'v1-')));
    expect(issuing.map(({ sql }) => sql.slice(0, 6))).toEqual(['SELECT', 'UPDATE']);
    // The same again: the insert fails, and the rows are looked up.
    const repeating = await plansDuring(() => store.issueNow(hot.id, users(200, 'v1-')));
    expect(repeating.map(({ sql }) => sql.slice(0, 6))).toEqual(['SELECT', 'UPDATE', 'SELECT', 'SELECT']);
    const plans = [...issuing, ...repeating];
    expect(new Set(plans.map(({ key }) => key))).toEqual(new Set(['PRIMARY']));
    expect(plans.filter(isFullScan)).toEqual([]);
    expect(Math.max(...plans.map(({ rows }) => rows))).toBeLessThanOrEqual(200);
  });

  it('a look-up of 500 users of one coupon reads 500 rows, not the coupon’s every row', async () => {
    const names = Array.from({ length: BATCH }, (_, i) => user(`x0-${i + 1}`));
    const [plan] = await plansOf({ sql: findIssuesSql(new Map([[hot.id, names]])), values: [] });
    expect(plan).toMatchObject({ table: 'coupon_issues', type: 'range', key: 'PRIMARY' });
    expect(plan!.rows).toBeLessThanOrEqual(2 * BATCH);
  });

  it('a look-up over many coupons is one range scan too', async () => {
    const perCoupon = new Map(
      Array.from({ length: 100 }, (_, i): [CouponId, ReturnType<typeof users>] => [
        couponId(i + 1),
        users(5),
      ]),
    );
    const [plan] = await plansOf({ sql: findIssuesSql(perCoupon), values: [] });
    expect(plan).toMatchObject({ type: 'range', key: 'PRIMARY' });
  });

  it('digits as user ids keep the index', async () => {
    const [plan] = await plansOf({ sql: findIssuesSql(new Map([[hot.id, users(BATCH, '')]])), values: [] });
    expect(plan).toMatchObject({ type: 'range', key: 'PRIMARY' });
  });

  it('V2: locks, look-ups, voids and counters of many coupons go by primary key', async () => {
    const ids = await database.query<{ id: number }>('SELECT id FROM coupons ORDER BY id LIMIT 500');
    const entries = ids.map(({ id }, i) => anEntry(couponId(Number(id)), users(2, `v2-${i}-`)));
    // One duplicate: it rolls back what was inserted first, and brings the look-up and the void.
    entries.push(anEntry(hot.id, ['x0-1', 'x0-2'], { firstTicket: 2_000_000 }));
    const epochs = new Map(entries.map((entry) => [entry.couponId, 1]));
    const plans = await plansDuring(() => store.settle(entries, epochs));
    expect(plans.length).toBeGreaterThanOrEqual(5);
    expect(new Set(plans.map(({ key }) => key))).toEqual(new Set(['PRIMARY']));
    expect(plans.filter(isFullScan)).toEqual([]);
    const voids = plans.find(({ sql }) => sql.includes('voided_tickets'));
    expect(voids?.rows).toBeLessThanOrEqual(2);
  });

  it('a batch of 5000 claims goes by primary key as well, row by row and without a table made of its lists', async () => {
    const many = Array.from({ length: BATCH_MAX }, (_, i) => couponId(i + 1));
    const change = (id: CouponId) => ({ couponId: id, issued: 1, issuedByV1: 0, givenBack: 0, returned: 0 });
    const statements = [
      lockCouponsSql(many),
      changeCountersSql(many.map(change)),
      findIssuesSql(new Map([[hot.id, users(BATCH_MAX, 'x0-')]])),
      findIssuesSql(new Map(many.map((id) => [id, users(1)]))),
    ];
    for (const sql of statements) {
      expect(await plansOf({ sql, values: [] })).toMatchObject([{ type: 'range', key: 'PRIMARY' }]);
    }
  });

  it('a rebuild reads a coupon page by page in the order of the primary key', async () => {
    const epoch = (await store.mintEpoch(hot.id))!;
    const plans = await plansDuring(async () => {
      const rows = (await store.activateEpoch(hot.id, epoch))!;
      await allOf(rows.claims());
      await allOf(rows.deadLetters());
      await rows.findVoided(users(BATCH).map((userId, i) => ({ userId, epoch: 1, ticket: i + 1 })));
      await rows.close();
    });
    const pages = plans.filter(
      ({ sql }) => sql.includes('coupon_issues') || sql.startsWith('SELECT user_id'),
    );
    expect(pages.length).toBe(Math.ceil((ISSUES + 1) / 10_000));
    for (const page of pages) expect(page).toMatchObject({ key: 'PRIMARY', type: 'range' });
    expect(plans.filter(isFullScan)).toEqual([]);
    expect(new Set(plans.map(({ key }) => key))).toEqual(new Set(['PRIMARY', 'dead_letters_coupon']));
  });

  it('the sweeper reads the coupons that are due, and no others', async () => {
    await database.query(
      'UPDATE coupons SET gate_version = 9 WHERE id IN (SELECT id FROM (SELECT id FROM coupons LIMIT 3) AS some)',
    );
    await database.query('ANALYZE TABLE coupons');
    const [plan] = await plansOf({ sql: untakenViewsSql, values: [0, 500] });
    expect(plan).toMatchObject({ type: expect.stringMatching(/^(ref|range)$/), key: 'coupons_gate_due' });
    expect(plan!.rows).toBeLessThanOrEqual(10);
  });

  it('marking views as taken goes by primary key', async () => {
    const coupons = new MysqlCouponStore(database.dataSource, unitOfWork, 1);
    const untaken = await coupons.findUntakenViews(500);
    expect(untaken.length).toBeGreaterThan(0);
    const plans = await plansDuring(() => coupons.markTaken(untaken));
    expect(plans).toMatchObject([{ key: 'PRIMARY', type: 'range' }]);
  });
});
