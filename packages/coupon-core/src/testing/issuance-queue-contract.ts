import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { QueueLayout } from '../adapters/redis/keys.js';
import type { CouponId } from '../coupon/ids.js';
import type { IssuanceQueue } from '../issuance/issuance-queue.js';
import type { Traceparent } from '../tracing/traceparent.js';
import { aCoupon, couponId, user, users } from './a-coupon.js';
import { AQueue, CLAIMS_MAX, peopleOf, SHARD } from './a-queue.js';
import { aTraceparent } from './a-traceparent.js';
import { openGate } from './an-open-gate.js';

/** What every queue of accepted claims does, however it is kept. */
export function describeQueue(layout: QueueLayout): void {
  let queue: AQueue;
  let one: IssuanceQueue;
  let other: IssuanceQueue;
  let coupon: CouponId;
  let nextCoupon = 1;

  const at = () => ({ couponId: coupon, shard: SHARD });
  const admit = (...calls: string[][]) => queue.admit(coupon, ...calls);
  const read = () => one.readNew(SHARD, CLAIMS_MAX);
  const readPending = (as = one) => as.readOwnPending(SHARD, '0', CLAIMS_MAX);
  const claimsOf = async () => (await queue.observer.backlogs())[0]!.claims;

  beforeAll(async () => {
    queue = await AQueue.create(layout);
    ({ one, other } = queue);
  });

  beforeEach(async () => {
    coupon = couponId(nextCoupon++);
    await queue.fresh.emptyQueue();
    await openGate(queue.gate, coupon, { view: { capacity: 10_000 } });
  });

  afterAll(() => queue.fresh.close());

  describe(`reading a ${layout}`, () => {
    it('gives people in the order of their arrival, with the epoch that each gate has at that moment', async () => {
      await admit(['a', 'b'], ['c']);
      const batch = (await read())!;
      expect(peopleOf(batch)).toEqual(['a', 'b', 'c']);
      expect(batch.entries.flatMap(({ claims }) => claims)).toMatchObject([
        { userId: 'a', epoch: 1, ticket: 1 },
        { userId: 'b', epoch: 1, ticket: 2 },
        { userId: 'c', epoch: 1, ticket: 3 },
      ]);
      const now = Date.now();
      for (const { couponId: of, claims } of batch.entries) {
        expect(of).toBe(coupon);
        for (const { acceptedAt } of claims) expect(Math.abs(acceptedAt - now)).toBeLessThan(60_000);
      }
      expect(batch.epochs).toEqual(new Map([[coupon, 1]]));
      expect(batch.lastId).toBe(batch.entries.at(-1)?.id);
      expect(await read()).toBeNull();
    });

    it('says no epoch of a gate that is shut for a rebuild, and the new one afterwards', async () => {
      await admit(['a'], ['b']);
      await queue.gate.fence(at(), 2);
      expect((await read())?.epochs).toEqual(new Map());
      expect((await readPending())?.epochs).toEqual(new Map());
      await openGate(queue.gate, coupon, { epoch: 3 });
      expect((await readPending())?.epochs).toEqual(new Map([[coupon, 3]]));
      await admit(['c']);
      expect((await read())?.epochs).toEqual(new Map([[coupon, 3]]));
    });

    it('gives the trace of a call with one of those whom it admitted', async () => {
      const ask = (name: string, trace?: Traceparent) => queue.gate.claim(at(), user(name), false, 1, trace);
      await Promise.all([ask('a'), ask('b', aTraceparent(1)), ask('c', aTraceparent(2))]);
      await ask('d');
      const batch = (await read())!;
      expect(peopleOf(batch)).toEqual(['a', 'b', 'c', 'd']);
      const traces = batch.entries.map(({ traceContext }) => traceContext);
      expect(traces.filter((trace) => trace !== null)).toEqual([aTraceparent(1)]);
    });

    it('gives a loss without a ticket, behind those who were admitted before', async () => {
      const full = couponId(nextCoupon++);
      await openGate(queue.gate, full, { view: { capacity: 1 } });
      await queue.admit(full, ['a']);
      await queue.gate.claim({ couponId: full, shard: SHARD }, user('lost'), true);
      const claims = (await read())!.entries.flatMap((entry) => entry.claims);
      expect(claims).toMatchObject([
        { userId: 'a', ticket: 1 },
        { userId: 'lost', ticket: null, epoch: 1 },
      ]);
    });

    it('gives no more claims than were asked for', async () => {
      await admit(users(200, 'a'), users(200, 'b'), users(200, 'c'));
      const sizes: number[] = [];
      const seen: string[] = [];
      for (;;) {
        const people = peopleOf(await read());
        if (!people) break;
        sizes.push(people.length);
        seen.push(...people);
      }
      expect(Math.max(...sizes)).toBeLessThanOrEqual(CLAIMS_MAX);
      expect(seen).toEqual([...users(200, 'a'), ...users(200, 'b'), ...users(200, 'c')]);
    });

    it('gives own pending ones page by page, and nobody the same', async () => {
      await admit(['a']);
      await one.readNew(SHARD, 200);
      await admit(['b'], ['c']);
      await other.readNew(SHARD, CLAIMS_MAX);
      expect(peopleOf(await readPending())).toEqual(['a']);
      const first = (await other.readOwnPending(SHARD, '0', 1))!;
      expect(peopleOf(first)).toEqual(['b']);
      const second = (await other.readOwnPending(SHARD, first.lastId, 1))!;
      expect(peopleOf(second)).toEqual(['c']);
      expect(await other.readOwnPending(SHARD, second.lastId, 1)).toBeNull();
    });
  });

  describe(`taking over from another consumer of a ${layout}`, () => {
    const readAgain = async () => peopleOf((await readPending()) ?? (await read()));

    it('makes what it left readable, once it has been silent long enough', async () => {
      await admit(['a'], ['b']);
      await other.readNew(SHARD, CLAIMS_MAX);
      await admit(['c']);
      expect(await one.reclaim(SHARD, 3_600_000)).toBe(0);
      expect(peopleOf(await readPending(other))).toEqual(['a', 'b']);
      expect(await one.reclaim(SHARD, 0)).toBe(2);
      expect((await readAgain())!.slice(0, 2)).toEqual(['a', 'b']);
      expect(await readPending(other)).toBeNull();
    });

    it('is possible where nobody has read anything yet', async () => {
      await admit(['a']);
      expect(await one.reclaim(SHARD, 0)).toBe(0);
    });

    it('loses nobody, and counts nobody twice, where the silent consumer acknowledges after all', async () => {
      await admit(['a'], ['b']);
      const late = await other.readNew(SHARD, CLAIMS_MAX);
      await one.reclaim(SHARD, 0);
      await queue.acknowledge(late, other);
      for (;;) {
        const batch = (await readPending()) ?? (await read());
        if (!batch) break;
        await queue.acknowledge(batch);
      }
      expect(await one.depth(SHARD)).toBe(0);
      expect(await queue.fresh.redis.hget(queue.fresh.keys.drain(SHARD), 'done')).toBe('2');
    });
  });

  describe(`acknowledging in a ${layout}`, () => {
    it('removes people for good, and counts them once however often it is said', async () => {
      await admit(['a', 'b'], ['c']);
      const batch = await read();
      await queue.acknowledge(batch);
      await queue.acknowledge(batch);
      expect(await one.depth(SHARD)).toBe(0);
      const { redis, keys } = queue.fresh;
      expect(await redis.hget(keys.gate(SHARD, coupon), 'done')).toBe('3');
      expect(await redis.hmget(keys.drain(SHARD), 'enqueued', 'done')).toEqual(['3', '3']);
      expect(await readPending()).toBeNull();
      expect(await one.reclaim(SHARD, 0)).toBe(0);
    });

    it('moves those who wait forward', async () => {
      await admit(['a', 'b'], ['c']);
      const position = async () => {
        const reply = await queue.gate.lookUp(at(), user('c'));
        return reply.outcome === 'HELD' && reply.held.position;
      };
      expect(await position()).toBe(2);
      const batch = await one.readNew(SHARD, 200);
      expect(await position()).toBe(2);
      await queue.acknowledge(batch);
      expect(await position()).toBe(0);
    });

    it('makes no gate for a coupon that has none', async () => {
      const missing = couponId(nextCoupon++);
      await admit(['a']);
      const [entry] = (await read())!.entries;
      await one.acknowledge(SHARD, [{ id: entry!.id, couponId: missing, claims: 1 }]);
      expect(await one.depth(SHARD)).toBe(0);
      expect(await queue.fresh.redis.exists(queue.fresh.keys.gate(SHARD, missing))).toBe(0);
    });

    it('of nothing is no call', async () => {
      await one.acknowledge(SHARD, []);
    });
  });

  describe(`waiting for entries of a ${layout}`, () => {
    it('ends when one arrives', async () => {
      await admit(['a']);
      await queue.acknowledge(await read());
      expect(await read()).toBeNull();
      const waited = one.waitForEntries(SHARD, 60_000);
      await admit(['b']);
      await waited;
      expect(peopleOf(await read())).toEqual(['b']);
    });

    it('does not miss an entry that arrived between reading and waiting', async () => {
      expect(await read()).toBeNull();
      await admit(['a']);
      await one.waitForEntries(SHARD, 60_000);
    });

    it('ends where it is to end, though nothing arrives', async () => {
      expect(await read()).toBeNull();
      await one.waitForEntries(SHARD, 20);
    });
  });

  describe(`what others learn of a ${layout}`, () => {
    it('is what is unread and pending, its claims, and how long the oldest has waited', async () => {
      const nothing = { shard: SHARD, unread: 0, pending: 0, claims: 0, oldestAgeMs: 0 };
      expect(await queue.observer.backlogs()).toEqual([nothing]);
      await admit(['a'], ['c']);
      const batch = await read();
      await admit(['d']);
      const [backlog] = await queue.observer.backlogs();
      expect(backlog).toMatchObject({ unread: 1, pending: 2, claims: 3 });
      expect(backlog!.oldestAgeMs).toBeGreaterThan(0);
      await queue.acknowledge(batch);
      expect(await queue.observer.backlogs()).toMatchObject([{ unread: 1, pending: 0, claims: 1 }]);
      const coupons = [aCoupon({ id: coupon }), aCoupon({ id: couponId(999_999) })];
      expect(await queue.observer.admitted(coupons)).toEqual([3, null]);
    });

    it('is when the oldest was enqueued, whether it waits or was read', async () => {
      const oldestAt = async () => (await queue.gate.count(SHARD, [coupon], 0)).oldestEntryAt;
      expect(await oldestAt()).toBeNull();
      await admit(['a']);
      const first = await oldestAt();
      expect(Math.abs(first! - Date.now())).toBeLessThan(60_000);
      const batch = await read();
      await admit(['b']);
      expect(await oldestAt()).toBe(first);
      await queue.acknowledge(batch);
      expect(await oldestAt()).toBeGreaterThanOrEqual(first!);
    });

    it('is every claim of a coupon, and none of another, whether it waits or was read', async () => {
      const otherCoupon = couponId(nextCoupon++);
      await openGate(queue.gate, otherCoupon, { view: { capacity: 10 } });
      await admit(users(150, 'a'));
      await read();
      await admit(users(150, 'b'));
      await queue.admit(otherCoupon, ['z']);
      const tickets = new Map<string, number | null>();
      for await (const page of queue.gate.readQueued(at())) {
        for (const { userId, claim } of page) {
          tickets.set(userId, claim.kind === 'TICKET' ? claim.ticket : null);
        }
      }
      const expected = [...users(150, 'a'), ...users(150, 'b')].map((name, i) => [name, i + 1] as const);
      expect(tickets).toEqual(new Map(expected));
    });
  });

  describe(`driving claims again into a ${layout}`, () => {
    const drive = (epoch: number) =>
      queue.gate.driveAgain(at(), epoch, [
        { userId: user('a'), epoch: 1, ticket: 7 },
        { userId: user('lost'), epoch: 1, ticket: null },
      ]);

    it('gives them under their own names', async () => {
      expect(await drive(1)).toBe(true);
      const claims = (await read())!.entries.flatMap((entry) => entry.claims);
      expect(claims).toHaveLength(2);
      expect(claims).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ userId: 'a', epoch: 1, ticket: 7 }),
          expect.objectContaining({ userId: 'lost', epoch: 1, ticket: null }),
        ]),
      );
    });

    it('is left to the gate of another epoch', async () => {
      expect(await drive(2)).toBe(false);
      expect(await claimsOf()).toBe(0);
    });
  });
}
