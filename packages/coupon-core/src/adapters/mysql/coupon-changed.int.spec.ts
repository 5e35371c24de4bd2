import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CouponChanged } from '../../catalog/coupon-changed.js';
import type { CouponId } from '../../coupon/ids.js';
import { OPERATOR, users } from '../../testing/a-coupon.js';
import { anEntry } from '../../testing/an-entry.js';
import { openCoupon } from '../../testing/coupon-rows.js';
import { TestDatabase } from '../../testing/test-database.js';
import { MysqlCouponStore } from './coupon-store.mysql.js';
import { MysqlIssueStore } from './issue-store.mysql.js';
import { UnitOfWork } from './unit-of-work.js';

let database: TestDatabase;
let coupons: MysqlCouponStore;
let issues: MysqlIssueStore;
let changed: CouponId[];
let rows: CouponChanged['row'][];

beforeAll(async () => {
  database = await TestDatabase.create();
  const unitOfWork = new UnitOfWork(database.pool, ({ couponId, row }) => {
    changed.push(couponId);
    rows.push(row);
  });
  coupons = new MysqlCouponStore(database.dataSource, unitOfWork, 1);
  issues = new MysqlIssueStore(unitOfWork);
});

beforeEach(() => {
  changed = [];
  rows = [];
});

afterAll(() => database?.drop());

describe('that a coupon changed is said', () => {
  it('of a change of state, and not where there is none', async () => {
    const { id } = await openCoupon(database);
    await coupons.moveState(id, 'PAUSED', OPERATOR);
    expect(changed).toEqual([id]);
    await coupons.moveState(id, 'PAUSED', OPERATOR);
    expect(changed).toEqual([id]);
  });

  it('with the row as its transaction has left it', async () => {
    const { id } = await openCoupon(database, { totalQuantity: 3 });
    await issues.issueNow(id, users(3));
    await coupons.changeTotal(id, 5, OPERATOR);
    const { coupon, asOf } = (await coupons.look([id])).get(id)!;
    const [soldOut, raised] = rows.map(({ reading }) => reading!);
    expect(soldOut!.coupon).toMatchObject({ issuedQuantity: 3, totalQuantity: 3 });
    expect(raised!.coupon).toEqual(coupon);
    expect(soldOut!.asOf).toBeLessThanOrEqual(raised!.asOf);
    expect(raised!.asOf).toBeLessThanOrEqual(asOf);
  });

  it('of the issue by V1 that takes the last unit, and of no other', async () => {
    const { id } = await openCoupon(database, { totalQuantity: 3 });
    await issues.issueNow(id, users(2));
    expect(changed).toEqual([]);
    await issues.issueNow(id, users(5));
    expect(changed).toEqual([id]);
    await issues.issueNow(id, users(9));
    expect(changed).toEqual([id]);
  });

  it('of the settlement that takes the last unit, and of no other', async () => {
    const { id } = await openCoupon(database, { totalQuantity: 3 });
    const other = await openCoupon(database, { totalQuantity: 3 });
    const settle = (...entries: ReturnType<typeof anEntry>[]) =>
      issues.settle(entries, new Map([id, other.id].map((coupon) => [coupon, 1])));
    await settle(anEntry(id, users(2)), anEntry(other.id, users(2)));
    expect(changed).toEqual([]);
    await settle(anEntry(id, users(5, 'v'), { firstTicket: 3 }));
    expect(changed).toEqual([id]);
    await settle(anEntry(id, users(5, 'w'), { firstTicket: 8 }));
    expect(changed).toEqual([id]);
  });

  it('of the cancellation after which there are units again, and of no other', async () => {
    const { id } = await openCoupon(database, { totalQuantity: 3, returnCancelledUnits: true });
    await issues.issueNow(id, users(3));
    changed = [];
    const cancel = (issueNumber: number) =>
      issues.takeBack(id, [{ issueNumber, owner: null, by: OPERATOR }], 'CANCELLED');
    await cancel(1);
    expect(changed).toEqual([id]);
    await cancel(1);
    await cancel(2);
    expect(changed).toEqual([id]);
  });

  it('never of an unlimited coupon that is issued', async () => {
    const { id } = await openCoupon(database, { totalQuantity: null });
    await issues.issueNow(id, users(2));
    expect(changed).toEqual([]);
  });
});
