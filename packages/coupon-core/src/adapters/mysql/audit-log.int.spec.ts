import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Operator } from '../../campaign/audit-log.js';
import type { Coupon } from '../../coupon/coupon.js';
import { aDefinition, couponId, user } from '../../testing/a-coupon.js';
import { couponStore } from '../../testing/coupon-rows.js';
import { TestDatabase } from '../../testing/test-database.js';
import { MysqlAuditLog } from './audit-log.mysql.js';
import { writeAudit } from './audit-rows.js';
import type { MysqlCouponStore } from './coupon-store.mysql.js';
import { MysqlIssueStore } from './issue-store.mysql.js';

const ANN: Operator = { userId: user('ann|operator'), requestId: 'request 1' };
const BOB: Operator = { userId: user('bob'), requestId: 'request 2' };

let database: TestDatabase;
let log: MysqlAuditLog;
let store: MysqlCouponStore;
let coupon: Coupon;

beforeAll(async () => {
  database = await TestDatabase.create();
  log = new MysqlAuditLog(database.dataSource, database.unitOfWork());
  store = couponStore(database);
});

afterAll(() => database?.drop());

beforeEach(async () => {
  await database.query('DELETE FROM audit_log');
  coupon = await store.create(aDefinition({ metadata: { deep: ['ä'] } }), ANN);
});

const of = (id: Coupon['id'] | null, limit = 10, beforeId: number | null = null) =>
  log.list({ couponId: id, beforeId, limit });

describe('the audit log', () => {
  it('says who has changed what, from what to what, and by which request', async () => {
    const started = Date.now();
    await store.moveState(coupon.id, 'OPEN', BOB);
    const [opened, created] = await of(coupon.id);
    expect(created).toMatchObject({
      actor: 'ann|operator',
      action: 'CREATE',
      couponId: coupon.id,
      before: null,
      requestId: 'request 1',
    });
    expect(created!.after).toMatchObject({ title: coupon.title, metadata: { deep: ['ä'] } });
    const before = { state: 'DRAFT' };
    expect(opened).toMatchObject({ actor: 'bob', action: 'OPEN', before, after: { state: 'OPEN' } });
    expect(Math.abs(opened!.at - started)).toBeLessThan(60_000);
  });

  it('has a rebuild that an operator asked for, and none that the system began', async () => {
    const issues = new MysqlIssueStore(database.unitOfWork());
    await issues.mintEpoch(coupon.id);
    await issues.mintEpoch(coupon.id, BOB);
    const [rebuilt, ...others] = await of(coupon.id);
    expect(rebuilt).toMatchObject({ action: 'REBUILD', actor: 'bob', after: { epoch: 2 } });
    expect(others.map(({ action }) => action)).toEqual(['CREATE']);
  });

  it('has nothing of what changed nothing', async () => {
    await store.moveState(coupon.id, 'PAUSED', BOB);
    await store.moveState(couponId(999_999), 'OPEN', BOB);
    expect((await of(null)).map(({ action }) => action)).toEqual(['CREATE']);
  });

  it('has an entry only where the change was committed', async () => {
    const unit = database.unitOfWork().run(async (tx) => {
      await writeAudit(tx, BOB, { action: 'CLOSE', couponId: coupon.id, before: null, after: null });
      throw new Error('afterwards');
    });
    await expect(unit).rejects.toThrow('afterwards');
    expect(await of(coupon.id)).toHaveLength(1);
  });

  it('is read page by page, of one coupon or of all', async () => {
    const other = await store.create(aDefinition(), BOB);
    await store.moveState(coupon.id, 'CLOSED', BOB);
    const all = await of(null);
    expect(all.map((entry) => [entry.action, entry.couponId])).toEqual([
      ['CLOSE', coupon.id],
      ['CREATE', other.id],
      ['CREATE', coupon.id],
    ]);
    expect(await of(null, 1, all[0]!.id)).toEqual([all[1]]);
    expect(await of(coupon.id, 1, all[0]!.id)).toEqual([all[2]]);
  });
});
