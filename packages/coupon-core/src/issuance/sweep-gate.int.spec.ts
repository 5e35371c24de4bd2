import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { user } from '../testing/a-coupon.js';
import { CoreProcess } from '../testing/core-process.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { TestDatabase } from '../testing/test-database.js';
import { SweepGate } from './sweep-gate.js';

let database: TestDatabase;
let fresh: FreshRedis;
let core: CoreProcess;

beforeAll(async () => {
  database = await TestDatabase.create();
  fresh = await FreshRedis.create();
  core = await CoreProcess.create(database, fresh, 'one');
});

afterAll(async () => {
  await core?.stop();
  await fresh?.close();
  await database?.drop();
});

const gateOf = (id: number) => fresh.redis.hgetall(`${fresh.keys.gatePrefix(0)}${id}`);

describe('the sweeper', () => {
  it('tells the gate what a lost hint should have told it, until the gate has taken it', async () => {
    const { id } = await core.open({ totalQuantity: 5 });
    await core.sweeper.sweep();
    // The transaction alone: what follows its commit never arrives.
    await core.store.issueNow(id, [user('a')]);
    expect(await gateOf(id)).toMatchObject({ capacity: '5' });
    expect(await core.sweeper.sweep()).toBe(1);
    expect(await gateOf(id)).toMatchObject({ capacity: '4' });
    expect(await core.sweeper.sweep()).toBe(0);
  });

  it('does not count a gate that is shut as told', async () => {
    const { id, shard, epoch } = await core.open({});
    await core.gate.fence({ couponId: id, shard }, epoch + 1);
    expect(await core.sweeper.sweep()).toBe(0);
    expect(await core.coupons.findUntakenViews(10)).toMatchObject([{ couponId: id }]);
    // The first rebuild mints the very epoch that fences the gate already, and is overtaken.
    await core.rebuild.execute({ couponId: id, shard });
    await core.rebuild.execute({ couponId: id, shard });
    expect(await core.sweeper.sweep()).toBe(1);
  });

  it('comes to every coupon, also behind gates that wait for a rebuild', async () => {
    const waiting = await core.open({});
    const { id } = await core.open({ totalQuantity: 5 });
    await core.gate.fence({ couponId: waiting.id, shard: waiting.shard }, waiting.epoch + 1);
    await core.store.issueNow(id, [user('a')]);
    const sweeper = new SweepGate(core.coupons, core.gate, 1);
    for (let round = 0; round < 20; round += 1) await sweeper.sweep();
    expect(await gateOf(id)).toMatchObject({ capacity: '4' });
  });
});
