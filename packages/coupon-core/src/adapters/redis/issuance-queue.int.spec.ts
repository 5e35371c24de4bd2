import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CouponId } from '../../coupon/ids.js';
import type { QueueBatch } from '../../issuance/issuance-queue.js';
import { aCoupon, couponId, user, users } from '../../testing/a-coupon.js';
import { openGate } from '../../testing/an-open-gate.js';
import { FreshRedis } from '../../testing/fresh-redis.js';
import { RedisGate } from './gate.redis.js';
import { RedisIssuanceQueue } from './issuance-queue.redis.js';
import { RedisQueueObserver } from './queue-observer.redis.js';

const SHARD = 0;
const CLAIMS_MAX = 500;

let fresh: FreshRedis;
let gate: RedisGate;
let queue: RedisIssuanceQueue;
let other: RedisIssuanceQueue;
let coupon: CouponId;
let nextCoupon = 1;

const at = () => ({ couponId: coupon, shard: SHARD });
/** One entry for each call. */
const admit = async (...calls: string[][]) => {
  for (const names of calls) await Promise.all(names.map((name) => gate.claim(at(), user(name), false)));
};
const usersOf = (batch: QueueBatch | null) =>
  batch?.entries.map(({ claims }) => claims.map(({ userId }) => userId));
const done = (batch: QueueBatch) =>
  batch.entries.map(({ id, couponId: of, claims }) => ({ id, couponId: of, claims: claims.length }));
const acknowledge = (batch: QueueBatch) => queue.acknowledge(SHARD, done(batch));

beforeAll(async () => {
  fresh = await FreshRedis.create();
  gate = new RedisGate(fresh.redis, fresh.keys, 10_000);
  const waiting = await fresh.connect('blocking');
  queue = new RedisIssuanceQueue(fresh.redis, waiting, fresh.keys, 'one');
  other = new RedisIssuanceQueue(await fresh.connect(), waiting, fresh.keys, 'other');
});

beforeEach(async () => {
  coupon = couponId(nextCoupon++);
  await fresh.redis.del(fresh.keys.queue(SHARD), fresh.keys.drain(SHARD));
  await openGate(gate, coupon, { view: { capacity: 10_000 } });
});

afterAll(() => fresh.close());

describe('reading the queue', () => {
  it('gives entries in their order, with the epoch that each gate has at that moment', async () => {
    await admit(['a', 'b'], ['c']);
    const batch = await queue.readNew(SHARD, CLAIMS_MAX);
    expect(usersOf(batch)).toEqual([['a', 'b'], ['c']]);
    expect(batch?.epochs).toEqual(new Map([[coupon, 1]]));
    expect(batch?.lastId).toBe(batch?.entries.at(-1)?.id);
    expect(await queue.readNew(SHARD, CLAIMS_MAX)).toBeNull();
  });

  it('says no epoch of a gate that is shut for a rebuild, and the new one afterwards', async () => {
    await admit(['a'], ['b']);
    await queue.readNew(SHARD, CLAIMS_MAX);
    await gate.fence(at(), 2);
    expect((await queue.readOwnPending(SHARD, '0', CLAIMS_MAX))?.epochs).toEqual(new Map());
    await openGate(gate, coupon, { epoch: 3 });
    expect((await queue.readOwnPending(SHARD, '0', CLAIMS_MAX))?.epochs).toEqual(new Map([[coupon, 3]]));
  });

  it('never cuts an entry in two: it stops before the next one might exceed the limit', async () => {
    await admit(users(200, 'a'), users(200, 'b'), users(200, 'c'));
    const sizes: number[] = [];
    for (;;) {
      const batch = await queue.readNew(SHARD, CLAIMS_MAX);
      if (!batch) break;
      sizes.push(batch.entries.flatMap(({ claims }) => claims).length);
    }
    expect(sizes).toEqual([400, 200]);
  });

  it('gives own pending entries page by page, and nobody the same entry', async () => {
    await admit(['a'], ['b']);
    await queue.readNew(SHARD, 200);
    await other.readNew(SHARD, 200);
    const first = await queue.readOwnPending(SHARD, '0', CLAIMS_MAX);
    expect(usersOf(first)).toEqual([['a']]);
    expect(await queue.readOwnPending(SHARD, first!.lastId, CLAIMS_MAX)).toBeNull();
    expect(usersOf(await other.readOwnPending(SHARD, '0', CLAIMS_MAX))).toEqual([['b']]);
  });

  it('hands over unreadable entries as they are, beside the good ones', async () => {
    await admit(['a']);
    const id = await fresh.redis.xadd(fresh.keys.queue(SHARD), '*', 'what', 'is this');
    await admit(['b']);
    const batch = await queue.readNew(SHARD, CLAIMS_MAX);
    expect(usersOf(batch)).toEqual([['a'], ['b']]);
    expect(batch?.unreadable).toEqual([{ id, raw: { what: 'is this' }, cause: expect.any(String) }]);
  });

  it('lets go of entries that are pending and were deleted', async () => {
    await admit(['a'], ['b']);
    const batch = await queue.readNew(SHARD, CLAIMS_MAX);
    await fresh.redis.xdel(fresh.keys.queue(SHARD), batch!.entries[0]!.id);
    expect(usersOf(await queue.readOwnPending(SHARD, '0', CLAIMS_MAX))).toEqual([['b']]);
    const [pending] = (await fresh.redis.xpending(fresh.keys.queue(SHARD), 'issuance')) as [number];
    expect(pending).toBe(1);
  });
});

describe('taking over from another consumer', () => {
  it('makes its entries one’s own, once they have lain long enough', async () => {
    await admit(['a'], ['b']);
    await other.readNew(SHARD, CLAIMS_MAX);
    expect(await queue.reclaim(SHARD, 3_600_000)).toBe(0);
    expect(await queue.reclaim(SHARD, 0)).toBe(2);
    expect(usersOf(await queue.readOwnPending(SHARD, '0', CLAIMS_MAX))).toEqual([['a'], ['b']]);
    expect(await other.readOwnPending(SHARD, '0', CLAIMS_MAX)).toBeNull();
  });

  it('is possible where nobody has read anything yet', async () => {
    await admit(['a']);
    expect(await queue.reclaim(SHARD, 0)).toBe(0);
  });
});

describe('acknowledging', () => {
  it('removes entries for good, and counts their claims once however often it is said', async () => {
    await admit(['a', 'b'], ['c']);
    const batch = await queue.readNew(SHARD, CLAIMS_MAX);
    await acknowledge(batch!);
    await acknowledge(batch!);
    expect(await queue.depth(SHARD)).toBe(0);
    expect(await fresh.redis.hget(fresh.keys.gate(SHARD, coupon), 'done')).toBe('3');
    expect(await fresh.redis.hmget(fresh.keys.drain(SHARD), 'enqueued', 'done')).toEqual(['3', '3']);
    expect(await queue.readOwnPending(SHARD, '0', CLAIMS_MAX)).toBeNull();
  });

  it('moves those who wait forward', async () => {
    await admit(['a', 'b'], ['c']);
    const position = async () => {
      const reply = await gate.lookUp(at(), user('c'));
      return reply.outcome === 'HELD' && reply.held.position;
    };
    expect(await position()).toBe(2);
    await acknowledge((await queue.readNew(SHARD, 200))!);
    expect(await position()).toBe(0);
  });

  it('makes no gate for a coupon that has none, and takes entries of no coupon', async () => {
    const id = await fresh.redis.xadd(fresh.keys.queue(SHARD), '*', 'what', 'is this');
    const missing = couponId(nextCoupon++);
    await admit(['a']);
    const batch = await queue.readNew(SHARD, CLAIMS_MAX);
    await queue.acknowledge(SHARD, [
      { id: id!, couponId: null, claims: 1 },
      { id: batch!.entries[0]!.id, couponId: missing, claims: 1 },
    ]);
    expect(await queue.depth(SHARD)).toBe(0);
    expect(await fresh.redis.exists(fresh.keys.gate(SHARD, missing))).toBe(0);
  });

  it('of nothing is no call', async () => {
    await queue.acknowledge(SHARD, []);
  });
});

describe('waiting for entries', () => {
  it('ends when one arrives', async () => {
    await admit(['a']);
    await queue.readNew(SHARD, CLAIMS_MAX);
    const waited = queue.waitForEntries(SHARD, 60_000);
    await admit(['b']);
    await waited;
  });

  it('does not miss an entry that arrived between reading and waiting', async () => {
    expect(await queue.readNew(SHARD, CLAIMS_MAX)).toBeNull();
    await admit(['a']);
    await queue.waitForEntries(SHARD, 60_000);
  });
});

describe('what is told of the queue', () => {
  it('counts what is unread and pending, its claims, and how long the oldest has waited', async () => {
    const observer = new RedisQueueObserver(fresh.redis, fresh.keys, 1);
    const nothing = { shard: SHARD, unread: 0, pending: 0, claims: 0, oldestAgeMs: 0 };
    expect(await observer.backlogs()).toEqual([nothing]);
    await admit(['a', 'b'], ['c']);
    const batch = (await queue.readNew(SHARD, CLAIMS_MAX))!;
    await admit(['d']);
    const [backlog] = await observer.backlogs();
    expect(backlog).toMatchObject({ unread: 1, pending: 2, claims: 4 });
    expect(backlog!.oldestAgeMs).toBeGreaterThan(0);
    await acknowledge(batch);
    expect(await observer.backlogs()).toMatchObject([{ unread: 1, pending: 0, claims: 1 }]);
    expect(await observer.admitted([aCoupon({ id: coupon }), aCoupon({ id: couponId(999_999) })])).toEqual([
      4,
      null,
    ]);
  });
});
