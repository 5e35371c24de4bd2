import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { CouponReading } from '../../catalog/coupon-reading.js';
import type { CouponId } from '../../coupon/ids.js';
import { couponId } from '../../testing/a-coupon.js';
import { aReading } from '../../testing/coupon-level-contract.js';
import { FreshRedis } from '../../testing/fresh-redis.js';
import { type PrivateRedis, privateRedis } from '../../testing/private-redis.js';
import { serverAddress } from '../../testing/server-address.js';
import { connectRedis, createRedis, DISPENSABLE } from './connection.js';
import { Keys } from './keys.js';
import { RedisSharedLevel } from './shared-level.redis.js';

const AS_OF = Date.UTC(2026, 5, 1);

let fresh: FreshRedis;
let level: RedisSharedLevel;
let id: CouponId;
let shape = 0;

beforeAll(async () => {
  fresh = await FreshRedis.create(serverAddress('CACHE_REDIS_URL'));
});

/** Each test has a shape, and so keys, of its own. */
beforeEach(() => {
  level = new RedisSharedLevel(fresh.redis, fresh.keys, `s${++shape}`);
  id = couponId(7);
});

afterAll(() => fresh?.close());

const put = (reading: CouponReading, at = level) =>
  at.put(new Map([[id, { reading, trueAt: performance.now() }]]));
const confirm = async (since: number) => level.confirm((await level.now())!, since);

describe('what the shared level holds is trusted', () => {
  it('only while somebody confirms that all changes have arrived', async () => {
    await put(aReading(id, 2, AS_OF));
    expect(await level.get(id)).toBeUndefined();
    expect(await confirm(AS_OF)).toBe(true);
    expect((await level.get(id))?.reading).toEqual(aReading(id, 2, AS_OF));
    await fresh.redis.del(fresh.keys.confirmed(`s${shape}`));
    expect(await level.get(id)).toBeUndefined();
  });

  it('only of readings from after the moment since which somebody has looked', async () => {
    await put(aReading(id, 2, AS_OF - 1));
    await confirm(AS_OF);
    expect(await level.get(id)).toBeUndefined();
    await put(aReading(id, 2, AS_OF));
    expect((await level.get(id))?.reading).toEqual(aReading(id, 2, AS_OF));
  });

  it('for three seconds after the confirmed moment, however late the confirmation comes', async () => {
    const moment = (await level.now())!;
    expect(await level.confirm(moment - 3_000, AS_OF)).toBe(false);
    expect(await level.confirm(moment, AS_OF)).toBe(true);
    const untilMs = await fresh.redis.pexpiretime(fresh.keys.confirmed(`s${shape}`));
    expect(untilMs).toBe(moment + 3_000);
  });

  it('only where the same run of the server has kept it', async () => {
    await put(aReading(id, 2, AS_OF));
    await confirm(AS_OF);
    const name = fresh.keys.keptCoupon(`s${shape}`, id);
    const kept = (await fresh.redis.get(name))!;
    await fresh.redis.set(name, kept.replace(/:[0-9a-f]+:/, ':0123abcd:'));
    expect(await level.get(id)).toBeUndefined();
  });

  it('as long ago as the confirmation may be', async () => {
    await put(aReading(id, 2, AS_OF));
    await confirm(AS_OF);
    const { trueAt } = (await level.get(id))!;
    expect(trueAt).toBeLessThanOrEqual(performance.now() - 3_000);
  });

  it('never where it is no reading at all', async () => {
    await confirm(AS_OF);
    await fresh.redis.set(fresh.keys.keptCoupon(`s${shape}`, id), 'something else');
    expect(await level.get(id)).toBeUndefined();
  });
});

describe('the shared level forgets', () => {
  it('a coupon within half an hour, and that there is none within half a second', async () => {
    const name = fresh.keys.keptCoupon(`s${shape}`, id);
    await put(null);
    expect(await fresh.redis.pttl(name)).toBeLessThanOrEqual(500);
    await put(aReading(id));
    const lifeMs = await fresh.redis.pttl(name);
    expect(lifeMs).toBeLessThanOrEqual(1_800_000);
    expect(lifeMs).toBeGreaterThan(1_500_000);
  });

  it('nothing to a program for which a coupon has another shape', async () => {
    await put(aReading(id));
    const other = new RedisSharedLevel(fresh.redis, fresh.keys, 'other');
    await other.confirm((await other.now())!, 0);
    expect(await other.get(id)).toBeUndefined();
  });
});

describe('a server that does not answer', () => {
  let server: PrivateRedis;
  let redis: Redis;

  beforeAll(async () => {
    server = await privateRedis();
    redis = await connectRedis(createRedis(server.url, 'test', DISPENSABLE));
  });

  afterAll(async () => {
    redis?.disconnect();
    await server?.stop();
  });

  it('is waited for once, and then left alone for a while', async () => {
    const at = new RedisSharedLevel(redis, new Keys('t'), 'shape');
    expect(await put(aReading(id), at)).toBe(true);
    const admin = await connectRedis(createRedis(server.url, 'admin'));
    await admin.call('CLIENT', 'PAUSE', '2000', 'ALL');
    const asked = jest.spyOn(redis, 'mget');
    expect(await at.get(id)).toBeUndefined();
    expect(await Promise.all(Array.from({ length: 50 }, () => at.get(id)))).toEqual(
      new Array(50).fill(undefined),
    );
    expect(asked).toHaveBeenCalledTimes(1);
    expect([await put(aReading(id), at), await at.now(), await at.confirm(0, 0)]).toEqual([
      false,
      null,
      false,
    ]);
    asked.mockRestore();
    while ((await at.now()) === null) await sleep(50);
    await at.confirm((await at.now())!, 0);
    expect((await at.get(id))?.reading).toEqual(aReading(id));
    admin.disconnect();
  });

  it('is a miss at once where the connection is refused', async () => {
    const nobody = createRedis('redis://127.0.0.1:1', 'nobody', DISPENSABLE);
    await connectRedis(nobody);
    const at = new RedisSharedLevel(nobody, new Keys('t'), 'shape');
    expect([await at.get(id), await put(aReading(id), at), await at.now()]).toEqual([undefined, false, null]);
    nobody.disconnect();
  });
});
