import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CouponDefinition } from '../coupon/coupon.js';
import { gateView } from '../coupon/coupon.js';
import type { CouponId } from '../coupon/ids.js';
import { couponId, user } from '../testing/a-coupon.js';
import { CoreProcess } from '../testing/core-process.js';
import { finalRows, readCoupon } from '../testing/coupon-rows.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { TestDatabase } from '../testing/test-database.js';
import type { RequestAnswer } from './claim-view.js';
import { SettleQueueBatch } from './settle-queue-batch.js';

let database: TestDatabase;
let fresh: FreshRedis;
let core: CoreProcess;
let coupon: CouponId;

beforeAll(async () => {
  database = await TestDatabase.create();
  fresh = await FreshRedis.create();
  core = await CoreProcess.create(database, fresh, 'one');
});

beforeEach(async () => {
  await fresh.redis.del(fresh.keys.queue(0));
});

afterAll(async () => {
  await core?.stop();
  await fresh?.close();
  await database?.drop();
});

const open = async (given: Partial<CouponDefinition> = {}) => {
  coupon = (await core.open({ totalQuantity: 1, issueMode: 'BOTH', ...given })).id;
};
const v1 = (name: string) => core.issueCoupon.execute(coupon, user(name));
const v2 = (name: string, receipt: string | null = null) =>
  core.requestCoupon.execute(coupon, user(name), receipt);
const status = (name: string) => core.readClaimStatus.execute(coupon, user(name), null);
const drain = async () => {
  const batch = await core.queue.readNew(0, 500);
  return batch && new SettleQueueBatch(core.store, core.queue).execute(batch);
};
const PENDING = { outcome: 'CLAIM', view: { status: 'PENDING', ticket: 1, issue: null } };

describe('a V2 claim', () => {
  it('reads the same at both doors, PENDING before it is settled and ISSUED afterwards', async () => {
    await open();
    expect(await v2('a')).toMatchObject(PENDING);
    expect([await v2('a'), await status('a')]).toMatchObject([PENDING, PENDING]);
    await drain();
    const issued = { status: 'ISSUED', ticket: 1, issue: { issueNumber: 1 } };
    expect([await v2('a'), await status('a')]).toMatchObject([{ view: issued }, { view: issued }]);
    expect(await v1('a')).toMatchObject({ outcome: 'REPEATED', issue: { issueNumber: 1 } });
  });

  it('is found by V1 before it refuses: nobody who holds a claim reads a refusal', async () => {
    await open({ totalQuantity: 1 });
    await v2('a');
    expect(await v1('b')).toMatchObject({ outcome: 'ISSUED' });
    expect(await v1('a')).toMatchObject(PENDING);
    await drain();
    expect(await v1('a')).toMatchObject({ outcome: 'CLAIM', view: { status: 'REJECTED' } });
    expect(await v2('a')).toMatchObject({ view: { status: 'REJECTED', issue: { reason: 'SOLD_OUT' } } });
  });
});

describe('a V1 issue', () => {
  it('is found by V2 in the rows, also while the gate has not heard of it', async () => {
    await open({ totalQuantity: 2 });
    await v2('other');
    await v1('a');
    await core.gate.update([
      { view: { ...gateView(await readCoupon(database, coupon)), capacity: 0 }, issuedByV1: [] },
    ]);
    await fresh.redis.hdel(fresh.keys.claims(0, coupon, 1, 0), 'a');
    expect(await v2('a')).toMatchObject({ outcome: 'ISSUED_BY_V1', issue: { issueNumber: 1 } });
    expect(await v2('b')).toEqual({ outcome: 'REFUSED', code: 'SOLD_OUT' });
  });

  it('wins over a claim of the same user, whose unit is offered to another exactly once (I12)', async () => {
    await open({ totalQuantity: 2 });
    await v2('a');
    await v1('a');
    await drain();
    await core.sweeper.sweep();
    expect(await status('a')).toMatchObject({
      view: { status: 'ISSUED', issue: { issueNumber: 1, claim: null } },
    });
    // The gate had been full for a moment, so it waits before it sells the unit that came back.
    while ((await v2('b')).outcome === 'REFUSED') await sleep(20);
    expect(await v2('b')).toMatchObject({ outcome: 'CLAIM' });
    expect(await v2('c')).toEqual({ outcome: 'REFUSED', code: 'SOLD_OUT' });
    await drain();
    expect((await finalRows(database, coupon)).map((row) => [row.user, row.number])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });
});

describe('a door', () => {
  it.each([
    ['SYNC', 'V2'],
    ['ASYNC', 'V1'],
  ] as const)('of the other mode is closed: %s at %s', async (issueMode, door) => {
    await open({ issueMode });
    expect(await (door === 'V1' ? v1('a') : v2('a'))).toEqual({ outcome: 'REFUSED', code: 'WRONG_MODE' });
  });

  it('knows no coupon that does not exist', async () => {
    coupon = couponId(999_999);
    const refused = { outcome: 'REFUSED', code: 'COUPON_NOT_FOUND' };
    expect([await v1('a'), await v2('a'), await status('a')]).toEqual([refused, refused, refused]);
  });

  it('says that nothing was requested to whoever has not asked', async () => {
    await open();
    expect(await status('a')).toEqual({ outcome: 'NOT_REQUESTED' });
  });
});

describe('after the gate was lost and rebuilt', () => {
  const receiptOf = (answer: RequestAnswer) => (answer.outcome === 'CLAIM' ? answer.view.receipt : null);
  const loseEverything = async () => {
    for (const key of await fresh.redis.keys(`${fresh.namespace}*`)) await fresh.redis.del(key);
  };
  const rebuild = () => core.rebuild.execute({ couponId: coupon, shard: 0 });

  it('a receipt admits its holder anew while units are left', async () => {
    await open({ issueMode: 'ASYNC' });
    const receipt = receiptOf(await v2('a'));
    await loseEverything();
    expect(await v2('a', receipt)).toEqual({ outcome: 'UNAVAILABLE', reason: 'NOT_INITIALISED' });
    await rebuild();
    expect(await v2('a', receipt)).toMatchObject(PENDING);
    await drain();
    expect(await status('a')).toMatchObject({ view: { status: 'ISSUED' } });
  });

  it('a receipt ends as a recorded loss when no unit is left, and stays one', async () => {
    await open({ issueMode: 'ASYNC' });
    const receipt = receiptOf(await v2('a'));
    await loseEverything();
    await rebuild();
    await v2('b');
    await v2('a', receipt);
    await drain();
    const lost = { view: { status: 'REJECTED', issue: { reason: 'LOST_IN_INCIDENT', claim: null } } };
    expect([await v2('a', receipt), await v2('a'), await status('a')]).toMatchObject([lost, lost, lost]);
  });

  it('a receipt of somebody else proves nothing', async () => {
    await open({ issueMode: 'ASYNC' });
    const receipt = receiptOf(await v2('a'));
    await loseEverything();
    await rebuild();
    await v2('b');
    expect(await v2('c', receipt)).toEqual({ outcome: 'REFUSED', code: 'SOLD_OUT' });
  });
});
