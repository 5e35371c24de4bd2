import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Coupon, gateView } from '../coupon/coupon.js';
import { OPERATOR, user, users } from '../testing/a-coupon.js';
import { CoreProcess } from '../testing/core-process.js';
import { finalRows } from '../testing/coupon-rows.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { TestDatabase } from '../testing/test-database.js';
import { Receipts } from './receipts.js';
import { ReconcileGate } from './reconcile-gate.js';
import { NOTHING_RELAYED } from './relayed-entries.js';
import { SettleQueueBatch } from './settle-queue-batch.js';
import { ShrinkGate } from './shrink-gate.js';
import { TendGates } from './tend-gates.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe.each(['stream', 'line'] as const)('beside a %s', (layout) => {
  let database: TestDatabase;
  let fresh: FreshRedis;
  let core: CoreProcess;
  let coupon: Coupon;

  beforeAll(async () => {
    [database, fresh] = await Promise.all([TestDatabase.create(), FreshRedis.withQueue(layout)]);
    core = await CoreProcess.create(database, fresh, 'c1');
  });

  beforeEach(async () => {
    await fresh.emptyQueue();
    coupon = await core.open({ totalQuantity: 10, issueMode: 'ASYNC' });
  });

  afterAll(async () => {
    await core.stop();
    await fresh.close();
    await database.drop();
  });

  const at = () => ({ couponId: coupon.id, shard: coupon.shard });
  const claim = (name: string, proven = false) => core.gate.claim(at(), user(name), proven);
  const present = async () => (await core.coupons.find(coupon.id))!;
  const header = () => fresh.redis.hgetall(fresh.keys.gate(0, coupon.id));

  async function drain(): Promise<void> {
    const settle = new SettleQueueBatch(core.store, core.queue);
    for (let batch = await core.queue.readNew(0, 500); batch; batch = await core.queue.readNew(0, 500)) {
      await settle.execute(batch);
    }
  }

  async function close(): Promise<void> {
    const moved = await core.coupons.moveState(coupon.id, 'CLOSED', OPERATOR);
    await core.gate.update([{ view: gateView(moved!.coupon), issuedByV1: [] }]);
  }

  async function endAt(issueEndsAt: number): Promise<void> {
    const window = {
      issue_starts_at: new Date(Date.now() - 3 * DAY_MS),
      issue_ends_at: new Date(issueEndsAt),
    };
    await database.query('UPDATE coupons SET ?, gate_version = gate_version + 1 WHERE id = ?', [
      window,
      coupon.id,
    ]);
    await core.gate.update([{ view: gateView(await present()), issuedByV1: [] }]);
  }

  const shrink = async () => new ShrinkGate(core.store, core.gate).execute(await present(), Date.now());

  /** Everything in Redis that belongs to the coupon. */
  async function memoryOf({ id }: Coupon): Promise<{ keys: number; bytes: number }> {
    const names = [
      fresh.keys.gate(0, id),
      fresh.keys.built(0, id),
      ...(await fresh.redis.keys(`${fresh.keys.claimsPrefix(0)}${id}:*`)),
      ...(await fresh.redis.keys(`${fresh.keys.list(0, id)}:*`)),
    ];
    const sizes = await Promise.all(names.map((name) => fresh.redis.memory('USAGE', name, 'SAMPLES', 0)));
    const there = sizes.filter((bytes) => bytes !== null);
    return { keys: there.length, bytes: there.reduce((sum, bytes) => sum + bytes, 0) };
  }

  const request = (name: string, receipt: string | null = null) =>
    core.requestCoupon.execute(coupon.id, user(name), receipt);

  describe('a campaign that is over and settled', () => {
    it('leaves almost nothing in Redis, and everybody reads the same as before from the rows', async () => {
      coupon = await core.open({ totalQuantity: 2_000, issueMode: 'ASYNC' });
      await Promise.all(users(2_000).map((name) => core.gate.claim(at(), name, false)));
      await drain();
      await close();
      const [winner, loser] = [await request('u7'), await request('late')];
      const before = await memoryOf(coupon);
      expect(await shrink()).toBe(true);
      const after = await memoryOf(coupon);
      console.log(`memory of a coupon of 2,000: ${before.bytes} bytes before, ${after.bytes} after`);
      expect(before.keys).toBeGreaterThan(20);
      expect(after).toMatchObject({ keys: 1 });
      expect(after.bytes).toBeLessThan(1_000);
      expect(winner).toMatchObject({ outcome: 'CLAIM', view: { status: 'ISSUED' } });
      const again = await request('u7');
      if (winner.outcome !== 'CLAIM' || again.outcome !== 'CLAIM') throw new Error('no claim');
      expect(again.view).toEqual({ ...winner.view, receipt: null });
      expect(await request('late')).toEqual(loser);
      expect(loser).toEqual({ outcome: 'REFUSED', code: 'CLOSED' });
      const status = (name: string) => core.readClaimStatus.execute(coupon.id, user(name), null);
      expect(await status('u7')).toMatchObject({ outcome: 'CLAIM', view: { status: 'ISSUED' } });
      expect(await status('late')).toEqual({ outcome: 'NOT_REQUESTED' });
    });

    it('is shrunk by the round over live gates, and left alone from then on', async () => {
      await claim('a');
      await drain();
      await close();
      const tend = new TendGates(
        core.coupons,
        core.gate,
        new ReconcileGate(core.coupons, core.store, core.gate, NOTHING_RELAYED),
        new ShrinkGate(core.store, core.gate),
      );
      const live = async () => (await core.coupons.findLiveGates(1_000, 0)).map(({ id }) => id);
      expect(await live()).toContain(coupon.id);
      await tend.round();
      expect(await live()).not.toContain(coupon.id);
      expect(await header()).toMatchObject({ buckets: '0' });
      await tend.round();
    });

    it('ends a claim that only a receipt remembers, as lost, and the same each time', async () => {
      await close();
      expect(await shrink()).toBe(true);
      const fields = { couponId: coupon.id, epoch: 1, ticket: 1, gateTime: Date.now() };
      const receipt = new Receipts(['a secret of the tests']).sign({ ...fields, userId: user('forgotten') });
      const lost = { outcome: 'CLAIM', view: { status: 'REJECTED', issue: { reason: 'LOST_IN_INCIDENT' } } };
      const all = await Promise.all([1, 2, 3].map(() => request('forgotten', receipt)));
      for (const answer of all) expect(answer).toMatchObject(lost);
      expect(await request('forgotten')).toMatchObject(lost);
      expect(await finalRows(database, coupon.id)).toHaveLength(1);
      expect(await request('a', 'no receipt')).toEqual({ outcome: 'REFUSED', code: 'CLOSED' });
    });

    it('with both doors answers V1’s winners at either, and takes no late word of V1', async () => {
      coupon = await core.open({ totalQuantity: 10, issueMode: 'BOTH' });
      const issued = await core.issueCoupon.execute(coupon.id, user('v1'));
      await close();
      expect(await shrink()).toBe(true);
      await core.gate.update([{ view: gateView(await present()), issuedByV1: [user('v1')] }]);
      expect(await memoryOf(coupon)).toMatchObject({ keys: 1 });
      expect(issued.outcome).toBe('ISSUED');
      expect(await request('v1')).toMatchObject({ outcome: 'ISSUED_BY_V1', issue: { issueNumber: 1 } });
      expect(await core.issueCoupon.execute(coupon.id, user('v1'))).toMatchObject({ outcome: 'REPEATED' });
      expect(await core.issueCoupon.execute(coupon.id, user('b'))).toEqual({
        outcome: 'REFUSED',
        code: 'CLOSED',
      });
    });

    it('is finished by whoever comes next where a process died in between', async () => {
      await claim('a');
      await drain();
      await close();
      expect(await core.gate.shrink(at(), { epoch: 1, tickets: 1, losses: 0 })).toBe(true);
      await fresh.redis.hset(fresh.keys.built(0, coupon.id), 1, 1);
      await fresh.redis.hset(fresh.keys.claims(0, coupon.id, 1, 0), 'a', '1');
      expect(await shrink()).toBe(true);
      expect(await memoryOf(coupon)).toMatchObject({ keys: 1 });
      expect((await core.coupons.findLiveGates(1_000, 0)).map(({ id }) => id)).not.toContain(coupon.id);
    });
  });

  describe('a gate keeps its claims', () => {
    it('as long as people may still come, and for a day after the end', async () => {
      expect(await shrink()).toBe(false);
      await endAt(Date.now() - HOUR_MS / 2);
      expect(await shrink()).toBe(false);
      await endAt(Date.now() - DAY_MS - HOUR_MS);
      expect(await shrink()).toBe(true);
    });

    it('while one of them waits in the queue, is a dead letter, or is missing', async () => {
      await claim('waits');
      await close();
      expect(await shrink()).toBe(false);
      const batch = (await core.queue.readNew(0, 500))!;
      const [entry] = batch.entries;
      await core.store.keepDeadLetters([{ entry: entry!, claims: entry!.claims }], 'poison');
      await core.queue.acknowledge(0, [{ id: entry!.id, couponId: coupon.id, claims: 1 }]);
      expect(await shrink()).toBe(false);
      await database.query('DELETE FROM dead_letters');
      expect(await shrink()).toBe(false);
      await core.store.settle(batch.entries, batch.epochs);
      expect(await shrink()).toBe(true);
    });

    it('where a claim came after they were looked at, and would forget it otherwise', async () => {
      await close();
      // What a receipt proves is admitted after the close too.
      expect(await claim('late', true)).toMatchObject({ outcome: 'HELD' });
      await fresh.emptyQueue();
      expect(await core.gate.shrink(at(), { epoch: 1, tickets: 0, losses: 0 })).toBe(false);
      expect(await request('late')).toMatchObject({ view: { status: 'PENDING' } });
      // The control: as if it had been there when the claims were looked at.
      expect(await core.gate.shrink(at(), { epoch: 1, tickets: 1, losses: 0 })).toBe(true);
      expect(await request('late')).toEqual({ outcome: 'REFUSED', code: 'CLOSED' });
    });

    it('where a loss was recorded after they were looked at, of which no ticket tells', async () => {
      await database.query(
        'UPDATE coupons SET total_quantity = 0, gate_version = gate_version + 1 WHERE id = ?',
        [coupon.id],
      );
      await close();
      expect(await claim('lost', true)).toMatchObject({ held: { claim: { kind: 'LOST' } } });
      expect(await core.gate.shrink(at(), { epoch: 1, tickets: 0, losses: 0 })).toBe(false);
      await drain();
      expect(await core.gate.shrink(at(), { epoch: 1, tickets: 0, losses: 0 })).toBe(false);
      expect(await shrink()).toBe(true);
      expect(await request('lost')).toMatchObject({ view: { status: 'REJECTED' } });
    });

    it('while it is settling after a rebuild, and where its epoch is another', async () => {
      await close();
      await fresh.redis.hset(fresh.keys.gate(0, coupon.id), 'settleUntil', Date.now() + HOUR_MS);
      expect(await shrink()).toBe(false);
      await fresh.redis.hset(fresh.keys.gate(0, coupon.id), 'settleUntil', 0);
      expect(await core.gate.shrink(at(), { epoch: 2, tickets: 0, losses: 0 })).toBe(false);
      expect(await shrink()).toBe(true);
    });
  });

  describe('a window that is extended after the gate has shrunk', () => {
    it('is served again after a rebuild, and until then nobody is refused', async () => {
      await claim('a');
      await drain();
      await database.query(
        'UPDATE coupons SET total_quantity = 1, gate_version = gate_version + 1 WHERE id = ?',
        [coupon.id],
      );
      await core.gate.update([{ view: gateView(await present()), issuedByV1: [] }]);
      expect(await core.gate.offerLease(at())).not.toBeNull();
      await endAt(Date.now() - HOUR_MS / 2);
      expect(await new ShrinkGate(core.store, core.gate, 0).execute(await present(), Date.now())).toBe(true);
      expect(await request('b')).toEqual({ outcome: 'REFUSED', code: 'ENDED' });
      expect(await memoryOf(coupon)).toMatchObject({ keys: 1 });
      await endAt(Date.now() + HOUR_MS);
      expect(await request('b')).toMatchObject({ outcome: 'UNAVAILABLE' });
      // Nobody could be told apart from a winner.
      expect(await core.gate.offerLease(at())).toBeNull();
      expect(await core.gate.inspect([{ ...at(), epoch: 1 }])).toEqual(['SHUT']);
      await core.rebuild.execute(at());
      expect(await core.gate.inspect([{ ...at(), epoch: 2 }])).toEqual(['UP']);
      expect(await request('a')).toMatchObject({ outcome: 'CLAIM', view: { status: 'ISSUED', ticket: 1 } });
      expect(await request('b')).toEqual({ outcome: 'REFUSED', code: 'SOLD_OUT' });
      expect((await core.coupons.findLiveGates(1_000, 0)).map(({ id }) => id)).toContain(coupon.id);
    });
  });
});
