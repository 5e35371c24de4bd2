import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { CouponId } from '../../coupon/ids.js';
import { couponId, user } from '../../testing/a-coupon.js';
import { allOf } from '../../testing/all-of.js';
import { openGate, stageClaims } from '../../testing/an-open-gate.js';
import { FreshRedis } from '../../testing/fresh-redis.js';
import { type PrivateRedis, privateRedis } from '../../testing/private-redis.js';
import { RedisGate } from './gate.redis.js';
import { RedisIssuanceQueue } from './issuance-queue.redis.js';

const SHUT = { outcome: 'UNAVAILABLE', reason: 'NOT_INITIALISED' };

let server: PrivateRedis;
let fresh: FreshRedis;
let gate: RedisGate;
let coupon: CouponId;
let nextCoupon = 1;

const at = () => ({ couponId: coupon, shard: 0 });
const claim = (name: string) => gate.claim(at(), user(name), false);

/** The connection loses its server, and comes back by itself. */
async function restart(): Promise<void> {
  const again = new Promise((resolve) => {
    fresh.redis.once('close', () => fresh.redis.once('ready', resolve));
  });
  await server.restart();
  await again;
}

beforeAll(async () => {
  // The connection reports each restart, which is what these tests are about.
  Logger.overrideLogger(false);
  server = await privateRedis();
  fresh = await FreshRedis.create(server.url);
  gate = new RedisGate(fresh.redis, fresh.keys, 1_000);
});

beforeEach(() => {
  coupon = couponId(nextCoupon++);
});

afterAll(async () => {
  await fresh?.close();
  await server?.stop();
});

describe('after a restart of Redis, even with everything in it', () => {
  it('the gate answers neither claims nor look-ups nor views, and the consumers get no epoch', async () => {
    const { view } = await openGate(gate, coupon);
    await claim('a');
    await restart();
    expect(await fresh.redis.hget(fresh.keys.gate(0, coupon), 'admitted')).toBe('1');
    expect([await claim('a'), await claim('b'), await gate.lookUp(at(), user('a'))]).toEqual([
      SHUT,
      SHUT,
      SHUT,
    ]);
    expect(await gate.update([{ view, issuedByV1: [] }])).toEqual(['NOT_INITIALISED']);
    const queue = new RedisIssuanceQueue(fresh.redis, fresh.redis, fresh.keys, 'c1');
    const batch = await queue.readNew(0, 500);
    expect(batch?.entries).toMatchObject([{ claims: [{ userId: 'a', ticket: 1 }] }]);
    expect(batch?.epochs.has(coupon)).toBe(false);
  });

  it('its claims and its queue are there to rebuild it from', async () => {
    await openGate(gate, coupon);
    await claim('a');
    await restart();
    await gate.fence(at(), 2);
    const survivor = { userId: 'a', claim: { kind: 'TICKET', epoch: 1, ticket: 1 } };
    expect(await allOf(gate.readSurvivors(at()))).toEqual([survivor, survivor]);
  });

  it('a switch is refused under a fence of the time before, and taken under a new one', async () => {
    await openGate(gate, coupon);
    await gate.fence(at(), 2);
    const built = await stageClaims(gate, coupon, { epoch: 2 });
    await restart();
    expect(await gate.switchTo(at(), built)).toBe(false);
    expect(await claim('a')).toEqual(SHUT);
    await openGate(gate, coupon, { epoch: 3 });
    expect(await claim('a')).toMatchObject({ outcome: 'HELD' });
  });
});

describe('after a loss of everything', () => {
  it('the gate is not initialised, rather than sold out or free', async () => {
    const { view } = await openGate(gate, coupon, { view: { capacity: 0 } });
    expect(await claim('a')).toMatchObject({ code: 'SOLD_OUT' });
    await fresh.redis.flushall();
    expect([await claim('a'), await gate.lookUp(at(), user('a'))]).toEqual([SHUT, SHUT]);
    expect(await gate.update([{ view, issuedByV1: [user('v')] }])).toEqual(['NOT_INITIALISED']);
    // Nothing but the hint that somebody met it.
    expect(await fresh.redis.keys('*')).toEqual([fresh.keys.shut(0)]);
    expect(await gate.takeReports(0, 10)).toEqual([coupon]);
  });

  it('the queue makes its group again by itself', async () => {
    const queue = new RedisIssuanceQueue(fresh.redis, fresh.redis, fresh.keys, 'c1');
    expect(await queue.readNew(0, 500)).toBeNull();
    await fresh.redis.flushall();
    await openGate(gate, coupon);
    await claim('a');
    expect((await queue.readNew(0, 500))?.entries).toHaveLength(1);
  });

  it('the scripts are sent again as text', async () => {
    await openGate(gate, coupon);
    await fresh.redis.script('FLUSH');
    expect(await claim('a')).toMatchObject({ outcome: 'HELD' });
  });
});
