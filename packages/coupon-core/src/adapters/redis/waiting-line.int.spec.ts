import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CouponId } from '../../coupon/ids.js';
import type { Pace } from '../../issuance/issuance-queue.js';
import { couponId, user, users } from '../../testing/a-coupon.js';
import { AQueue, CLAIMS_MAX, peopleOf, SHARD } from '../../testing/a-queue.js';
import { openGate } from '../../testing/an-open-gate.js';
import { RedisGate } from './gate.redis.js';
import type { Keys } from './keys.js';

const A = couponId(1);
const B = couponId(2);
const C = couponId(3);
/** So long that the pause never ends within a test. */
const HOUR_MS = 3_600_000;

let queue: AQueue;

const open = async (pace: Pace | null = null) => {
  queue = await AQueue.create('line', pace);
  for (const coupon of [A, B, C]) await openGate(queue.gate, coupon, { view: { capacity: 10_000 } });
};
const admit = (coupon: CouponId, ...names: string[]) => queue.admit(coupon, names);
const read = async (claimsMax = CLAIMS_MAX, as = queue.one) => as.readNew(SHARD, claimsMax);
const heldBy = async (name: string, coupon = A) => {
  const reply = await queue.gate.lookUp({ couponId: coupon, shard: SHARD }, user(name));
  if (reply.outcome !== 'HELD') throw new Error(`${name} holds nothing: ${reply.outcome}`);
  return reply.held;
};
const endPause = (coupon: CouponId) =>
  queue.fresh.redis.zadd(`${queue.fresh.keys.queue(SHARD)}:due`, 0, `${coupon}`);

afterEach(() => queue.fresh.close());

describe('a waiting line', () => {
  beforeEach(() => open());

  it('serves many coupons in turn: one with a long line holds nobody else up', async () => {
    await admit(A, ...users(100, 'a'));
    await admit(B, 'b');
    await admit(C, 'c');
    expect(peopleOf(await read(10))).toEqual(users(100, 'a').slice(0, 10));
    expect(peopleOf(await read(10))).toEqual(['b', 'c', ...users(100, 'a').slice(10, 18)]);
    for (let left = 82; left > 0; left -= 10)
      expect(peopleOf(await read(10))).toHaveLength(Math.min(10, left));
    expect(await read(10)).toBeNull();
  });

  it('puts back into line, where they stood, those whom a silent consumer had taken', async () => {
    await admit(A, 'a', 'b');
    await read(CLAIMS_MAX, queue.other);
    await admit(A, 'c');
    expect(await queue.one.reclaim(SHARD, 0)).toBe(2);
    expect(peopleOf(await read())).toEqual(['a', 'b', 'c']);
  });

  it('keeps whoever has a ticket of an earlier epoch in front of all who came after the rebuild', async () => {
    await admit(A, 'a', 'b', 'c');
    await openGate(queue.gate, A, { epoch: 2, view: { capacity: 10_000 }, claims: { b: ticket(1, 2) } });
    await admit(A, 'd');
    expect((await heldBy('b')).position).toBe(1);
    expect((await heldBy('d')).position).toBe(3);
    const claims = (await read())!.entries.flatMap((entry) => entry.claims);
    expect(claims.map(({ userId, epoch, ticket: of }) => [userId, epoch, of])).toEqual([
      ['a', 1, 1],
      ['b', 1, 2],
      ['c', 1, 3],
      ['d', 2, 1],
    ]);
  });

  it('tells how many are ahead exactly, though others behind them are settled first', async () => {
    await admit(A, ...users(10, 'a'));
    const silent = await read(4, queue.other);
    const [a2, a4, a9] = [users(10, 'a')[1]!, users(10, 'a')[3]!, users(10, 'a')[8]!];
    const places = async () => [
      (await heldBy(a2)).position,
      (await heldBy(a4)).position,
      (await heldBy(a9)).position,
    ];
    expect(await places()).toEqual([1, 3, 8]);
    await queue.acknowledge(await read(4));
    expect(await places()).toEqual([1, 3, 4]);
    await queue.one.reclaim(SHARD, 0);
    expect(await places()).toEqual([1, 3, 4]);
    await queue.acknowledge(await read(1));
    expect(await places()).toEqual([0, 2, 3]);
    await queue.acknowledge(silent, queue.other);
    expect(await places()).toEqual([0, 0, 0]);
  });

  it('tells newcomers and those who repeat their request the same', async () => {
    const positionOf = async (name: string) => {
      const reply = await queue.gate.claim({ couponId: A, shard: SHARD }, user(name), false);
      return reply.outcome === 'HELD' && reply.held.position;
    };
    await admit(A, 'a', 'b', 'c');
    await queue.acknowledge(await read(1));
    expect(await positionOf('d')).toBe(2);
    expect(await positionOf('d')).toBe(2);
    // In one call.
    expect(await Promise.all(['e', 'f', 'e'].map(positionOf))).toEqual([3, 4, 3]);
  });

  it('has one place for a ticket, however often it is driven again', async () => {
    await admit(A, 'a');
    const drive = () =>
      queue.gate.driveAgain({ couponId: A, shard: SHARD }, 1, [
        { userId: user('a'), epoch: 1, ticket: 1 },
        { userId: user('b'), epoch: 1, ticket: 2 },
      ]);
    await drive();
    expect(await queue.one.depth(SHARD)).toBe(2);
    const batch = await read();
    expect(peopleOf(batch)).toEqual(['a', 'b']);
    await drive();
    expect(await read()).toBeNull();
    await queue.acknowledge(batch);
    expect(await queue.one.depth(SHARD)).toBe(0);
  });

  it('counts everybody until they are settled, and takes nobody more than it may hold', async () => {
    const { redis, keys } = queue.fresh;
    const small = new RedisGate(redis, keys, 3);
    const come = async (name: string) => {
      const reply = await small.claim({ couponId: A, shard: SHARD }, user(name), false);
      return reply.outcome === 'UNAVAILABLE' ? reply.reason : reply.outcome;
    };
    expect([await come('a'), await come('b'), await come('c')]).toEqual(['HELD', 'HELD', 'HELD']);
    expect(await come('d')).toBe('QUEUE_FULL');
    const batch = await read(1);
    expect(await come('d')).toBe('QUEUE_FULL');
    await queue.acknowledge(batch);
    expect(await come('d')).toBe('HELD');
    expect(await queue.one.depth(SHARD)).toBe(3);
  });

  it('hands over what cannot be read as it is, beside the others, and lets it be acknowledged', async () => {
    await admit(A, 'a');
    const { redis, keys } = queue.fresh;
    await redis.zadd(keys.line(SHARD, A), 0, 'what is this');
    const batch = (await read())!;
    expect(peopleOf(batch)).toEqual(['a']);
    const [unreadable] = batch.unreadable;
    expect(unreadable).toMatchObject({ raw: { name: expect.stringContaining('what is this') } });
    await queue.one.acknowledge(SHARD, [{ id: unreadable!.id, couponId: null, claims: 1 }]);
    expect(peopleOf(await queue.one.readOwnPending(SHARD, '0', CLAIMS_MAX))).toEqual(['a']);
  });

  it('wakes another consumer for what one has left', async () => {
    await admit(A, ...users(20, 'a'));
    await queue.one.waitForEntries(SHARD, HOUR_MS);
    await read(10);
    await queue.other.waitForEntries(SHARD, HOUR_MS);
    expect(peopleOf(await read(CLAIMS_MAX, queue.other))).toHaveLength(10);
  });
});

describe('the memory of a waiting line', () => {
  const count = 10_000;

  async function bytesAPerson(keyOf: (keys: Keys) => string): Promise<number> {
    const { gate, fresh, one } = queue;
    await Promise.all(users(count, '').map((name) => gate.claim({ couponId: A, shard: SHARD }, name, false)));
    expect(await one.depth(SHARD)).toBeGreaterThan(0);
    return (await fresh.redis.memory('USAGE', keyOf(fresh.keys), 'SAMPLES', 0))! / count;
  }

  it('is below 140 bytes a person with 10,000 numeric users', async () => {
    await open();
    const ofLine = await bytesAPerson((keys) => keys.line(SHARD, A));
    await queue.fresh.close();
    queue = await AQueue.create('stream');
    await openGate(queue.gate, A, { view: { capacity: count } });
    const ofStream = await bytesAPerson((keys) => keys.queue(SHARD));
    console.log(`bytes a person: ${ofLine.toFixed(1)} in a line, ${ofStream.toFixed(1)} in a stream`);
    expect(ofLine).toBeLessThanOrEqual(140);
  });
});

describe('the pace of a waiting line', () => {
  const PACE = { claims: 3, ms: HOUR_MS };

  beforeEach(() => open(PACE));

  it('holds for each coupon, over all consumers together', async () => {
    await admit(A, ...users(7, 'a'));
    await admit(B, 'b');
    expect(peopleOf(await read())).toEqual([...users(7, 'a').slice(0, 3), 'b']);
    expect(await read(CLAIMS_MAX, queue.other)).toBeNull();
    await endPause(A);
    expect(peopleOf(await read(CLAIMS_MAX, queue.other))).toEqual(users(7, 'a').slice(3, 6));
    expect(await read()).toBeNull();
  });

  it('is kept though the line was empty meanwhile, and though somebody was put back', async () => {
    await admit(A, 'a');
    expect(peopleOf(await read(CLAIMS_MAX, queue.other))).toEqual(['a']);
    await admit(A, 'b');
    await queue.one.reclaim(SHARD, 0);
    expect(await read()).toBeNull();
    await endPause(A);
    expect(peopleOf(await read())).toEqual(['a', 'b']);
    await endPause(A);
    expect(await read()).toBeNull();
    // Nobody came while it lasted, so the next one is served at once.
    await admit(A, 'c');
    expect(peopleOf(await read())).toEqual(['c']);
  });

  it('takes nobody of a coupon where not all whose turn it is have room', async () => {
    await admit(A, ...users(5, 'a'));
    await admit(B, ...users(5, 'b'));
    expect(peopleOf(await read(5))).toEqual(users(5, 'a').slice(0, 3));
    expect(peopleOf(await read(5))).toEqual(users(5, 'b').slice(0, 3));
  });

  it('is told to those who wait', async () => {
    await admit(A, ...users(7, 'a'));
    const waits = await Promise.all(users(7, 'a').map(async (name) => (await heldBy(name)).estimatedWaitMs));
    expect(waits.map((ms) => ms / HOUR_MS)).toEqual([1, 1, 1, 2, 2, 2, 3]);
  });

  it('lets a consumer wait until somebody may be served', async () => {
    await queue.fresh.close();
    await open({ claims: 1, ms: 40 });
    await admit(A, 'a', 'b', 'c');
    const askedAt = performance.now();
    const seen: string[] = [];
    while (seen.length < 3) {
      const people = peopleOf(await read());
      if (people) {
        expect(people).toHaveLength(1);
        seen.push(...people);
      } else {
        await queue.one.waitForEntries(SHARD, HOUR_MS);
      }
    }
    expect(seen).toEqual(['a', 'b', 'c']);
    // Both are read after the first one was asked for, and are two pauses apart by the server's clock.
    expect(performance.now() - askedAt).toBeGreaterThanOrEqual(78);
  });
});

function ticket(epoch: number, of: number) {
  return { kind: 'TICKET' as const, epoch, ticket: of };
}
