import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Coupon, gateView } from '../coupon/coupon.js';
import { user } from '../testing/a-coupon.js';
import { CoreProcess } from '../testing/core-process.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { TestDatabase } from '../testing/test-database.js';

let database: TestDatabase;
let fresh: FreshRedis;
let core: CoreProcess;

beforeAll(async () => {
  [database, fresh] = await Promise.all([TestDatabase.create(), FreshRedis.create()]);
  core = await CoreProcess.create(database, fresh, 'c1');
});

afterAll(async () => {
  await core.stop();
  await fresh.close();
  await database.drop();
});

const bucketsOf = ({ shard, id }: Coupon) => fresh.redis.hget(fresh.keys.gate(shard, id), 'buckets');

async function raiseInRow({ id }: Coupon): Promise<Coupon> {
  await database.query(
    'UPDATE coupons SET total_quantity = 1000, gate_version = gate_version + 1 WHERE id = ?',
    [id],
  );
  return (await core.coupons.find(id))!;
}

it('makes room in a gate that the sweeper has told of a much larger total', async () => {
  const coupon = await core.open({ totalQuantity: 100, issueMode: 'ASYNC' });
  await raiseInRow(coupon);
  await core.growth.grow();
  expect(await bucketsOf(coupon)).toBe('1');
  await core.sweeper.sweep();
  await core.growth.grow();
  expect(await bucketsOf(coupon)).toBe('16');
});

it('makes room in a gate whose claims are drained', async () => {
  const coupon = await core.open({ totalQuantity: 100, issueMode: 'ASYNC' });
  const view = gateView(await raiseInRow(coupon));
  await core.gate.update([{ view, issuedByV1: [] }]);
  // The sweeper has nothing to say any more.
  await core.coupons.markTaken([view]);
  await core.gate.claim({ couponId: coupon.id, shard: coupon.shard }, user('a'), false);
  core.startWorker();
  while ((await bucketsOf(coupon)) !== '16') await sleep(20);
});
