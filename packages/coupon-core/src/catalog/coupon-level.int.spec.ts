import { afterAll, beforeAll } from '@jest/globals';
import { RedisSharedLevel } from '../adapters/redis/shared-level.redis.js';
import { describeLevel, type LevelUnderTest } from '../testing/coupon-level-contract.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { ScriptedCouponStore } from '../testing/scripted-coupon-store.js';
import { serverAddress } from '../testing/server-address.js';
import { CouponCache } from './coupon-cache.js';
import type { CouponLevel } from './coupon-level.js';
import { LocalLevel } from './local-level.js';

let fresh: FreshRedis;

beforeAll(async () => {
  fresh = await FreshRedis.create(serverAddress('CACHE_REDIS_URL'));
});

afterAll(() => fresh?.close());

/** Confirmed since ever, so that it is trusted. */
async function sharedLevel(): Promise<RedisSharedLevel> {
  const level = new RedisSharedLevel(await fresh.connect(), fresh.keys, 'shape');
  await level.confirm((await level.now())!, 0);
  return level;
}

const alone = (level: CouponLevel): LevelUnderTest => ({
  put: async (id, reading) => level.put(new Map([[id, { reading, trueAt: performance.now() }]])),
  get: async (id) => (await level.get(id))?.reading,
});

/** A process: a reading comes into both levels as the row that a change has left. */
function together(shared: CouponLevel): LevelUnderTest {
  const cache = new CouponCache(new LocalLevel(), shared, new ScriptedCouponStore());
  return {
    put: (id, reading) => cache.keep(id, { reading, trueAt: performance.now() }),
    get: async (id) => {
      const { reading, from } = await cache.find(id);
      return from === 'DB' ? undefined : reading;
    },
  };
}

describeLevel('L1', async () => [alone(new LocalLevel())]);

describeLevel('L2', async () => [alone(await sharedLevel()), alone(await sharedLevel())]);

describeLevel('L1 over L2', async () => [together(await sharedLevel())]);
