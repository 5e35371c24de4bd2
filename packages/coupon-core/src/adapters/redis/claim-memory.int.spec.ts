import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { couponId, user, users } from '../../testing/a-coupon.js';
import { openGate } from '../../testing/an-open-gate.js';
import { FreshRedis } from '../../testing/fresh-redis.js';
import { RedisGate } from './gate.redis.js';

const BYTES_PER_CLAIM_MAX = 16;

let fresh: FreshRedis;
let gate: RedisGate;

beforeAll(async () => {
  fresh = await FreshRedis.create();
  gate = new RedisGate(fresh.redis, fresh.keys, 1_000_000);
});

afterAll(() => fresh.close());

/** Every claim bucket of a coupon with what the server says of it. */
async function bucketsOf<T>(id: number, command: 'encoding' | 'bytes'): Promise<T[]> {
  const names = await fresh.redis.keys(`${fresh.keys.claimsPrefix(0)}${id}:*`);
  const pipeline = fresh.redis.pipeline();
  for (const name of names) {
    if (command === 'encoding') pipeline.object('ENCODING', name);
    else pipeline.memory('USAGE', name, 'SAMPLES', 0);
  }
  return ((await pipeline.exec()) ?? []).map(([cause, reply]) => {
    if (cause) throw cause;
    return reply as T;
  });
}

async function admit(id: number, names: readonly string[]): Promise<void> {
  const at = { couponId: couponId(id), shard: 0 };
  await openGate(gate, at.couponId, { view: { capacity: names.length } });
  const AT_ONCE = 10_000;
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const replies = names.slice(from, from + AT_ONCE).map((name) => gate.claim(at, user(name), false));
    const outcomes = new Set((await Promise.all(replies)).map(({ outcome }) => outcome));
    expect(outcomes).toEqual(new Set(['HELD']));
  }
}

describe('claim buckets', () => {
  it('stay in the compact encoding and below 16 bytes a claim with 100,000 numeric users', async () => {
    const count = 100_000;
    await admit(1, users(count, ''));
    expect(new Set(await bucketsOf<string>(1, 'encoding'))).toEqual(new Set(['listpack']));
    const bytes = (await bucketsOf<number>(1, 'bytes')).reduce((sum, of) => sum + of, 0);
    console.log(`claim buckets: ${(bytes / count).toFixed(1)} bytes a claim with ${count} numeric users`);
    expect(bytes / count).toBeLessThanOrEqual(BYTES_PER_CLAIM_MAX);
  });

  it('stay in the compact encoding with ids of the greatest length', async () => {
    await admit(
      2,
      users(5_000, '').map((name) => name.padStart(64, 'x')),
    );
    expect(new Set(await bucketsOf<string>(2, 'encoding'))).toEqual(new Set(['listpack']));
  });
});
