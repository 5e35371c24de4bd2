import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoreUnavailable } from '../../issuance/issue-store.js';
import { couponId, user, users } from '../../testing/a-coupon.js';
import { anEntry } from '../../testing/an-entry.js';
import { openCoupon } from '../../testing/coupon-rows.js';
import { TestDatabase } from '../../testing/test-database.js';
import { connect, createDataSource, poolOf } from './database.js';
import { MysqlIssueReader } from './issue-reader.mysql.js';
import { MysqlIssueStore } from './issue-store.mysql.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await TestDatabase.create();
});

afterAll(() => database?.drop());

describe('looking up final rows', () => {
  it('answers everybody their own, over several coupons at once', async () => {
    const [one, two] = [
      await openCoupon(database, { totalQuantity: 1 }),
      await openCoupon(database),
    ] as const;
    const store = new MysqlIssueStore(database.unitOfWork());
    await store.settle([anEntry(one.id, ['a', 'b'])], new Map([[one.id, 1]]));
    await store.issueNow(two.id, [user('b')]);
    const reader = new MysqlIssueReader(database.pool);
    const found = await Promise.all([
      reader.find(two.id, user('b')),
      reader.find(one.id, user('a')),
      reader.find(two.id, user('a')),
      reader.find(one.id, user('b')),
      reader.find(one.id, user('A')),
      reader.find(couponId(999_999), user('a')),
    ]);
    expect(found).toMatchObject([
      { status: 'ISSUED', couponId: two.id, userId: 'b', issueNumber: 1, claim: null },
      { status: 'ISSUED', couponId: one.id, userId: 'a', issueNumber: 1, claim: { epoch: 1, ticket: 1 } },
      null,
      {
        status: 'REJECTED',
        couponId: one.id,
        userId: 'b',
        reason: 'SOLD_OUT',
        claim: { epoch: 1, ticket: 2 },
      },
      null,
      null,
    ] as object[]);
  });

  it('does so for more users than one statement takes', async () => {
    const { id } = await openCoupon(database, { totalQuantity: null });
    const store = new MysqlIssueStore(database.unitOfWork());
    await store.issueNow(id, users(450));
    const reader = new MysqlIssueReader(database.pool);
    const found = await Promise.all(users(500).map((name) => reader.find(id, name)));
    expect(found.filter((issue) => issue !== null)).toHaveLength(450);
  });

  it('says that it could not look, rather than that there is none', async () => {
    const gone = await connect(createDataSource(database.url, 1));
    const reader = new MysqlIssueReader(poolOf(gone));
    await gone.destroy();
    await expect(reader.find(couponId(1), user('a'))).rejects.toThrow(StoreUnavailable);
  });
});
