import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PoolConnection } from 'mysql2';
import { user } from '../../testing/a-coupon.js';
import { openCoupon } from '../../testing/coupon-rows.js';
import { TestDatabase } from '../../testing/test-database.js';
import { MysqlIssueStore } from './issue-store.mysql.js';
import { Snapshot } from './snapshot.js';

const SIGN_OF_LIFE_MS = 5;
const NEVER_MS = 3_600_000;

let database: TestDatabase;

beforeAll(async () => {
  database = await TestDatabase.create();
});

afterAll(() => database?.drop());

/** A connection of the pool, and how many statements were sent on it. */
async function connection(): Promise<{ taken: PoolConnection; sent: () => number }> {
  const taken = await new Promise<PoolConnection>((resolve, reject) => {
    database.pool.getConnection((cause, one) => (cause ? reject(cause) : resolve(one)));
  });
  let sent = 0;
  const query = taken.query.bind(taken);
  taken.query = ((...args: Parameters<typeof query>) => {
    sent += 1;
    return query(...args);
  }) as typeof taken.query;
  return { taken, sent: () => sent };
}

describe('a snapshot of which nobody reads anything for long', () => {
  it('gives signs of life until it is closed, and still reads the same moment', async () => {
    const coupon = await openCoupon(database);
    const { taken, sent } = await connection();
    const snapshot = await Snapshot.open(taken, SIGN_OF_LIFE_MS);
    const opened = sent();
    await new MysqlIssueStore(database.unitOfWork()).issueNow(coupon.id, [user('later')]);
    while (sent() < opened + 3) await sleep(SIGN_OF_LIFE_MS);
    expect(await snapshot.rows('SELECT user_id FROM coupon_issues')).toEqual([]);
    await snapshot.close();
    const closed = sent();
    await sleep(SIGN_OF_LIFE_MS * 4);
    expect(sent()).toBe(closed);
  });

  it('would be silent without them, as long as that takes', async () => {
    const { taken, sent } = await connection();
    const snapshot = await Snapshot.open(taken, NEVER_MS);
    const opened = sent();
    await sleep(SIGN_OF_LIFE_MS * 20);
    expect(sent()).toBe(opened);
    await snapshot.close();
  });
});
