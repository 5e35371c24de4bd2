import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { RedisGate } from '../adapters/redis/gate.redis.js';
import type { Coupon } from '../coupon/coupon.js';
import { findings } from '../metrics/process-metrics.js';
import { OPERATOR, user, users } from '../testing/a-coupon.js';
import { CoreProcess } from '../testing/core-process.js';
import { finalRows } from '../testing/coupon-rows.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { printedSeed, seededRandom } from '../testing/seed.js';
import { TestDatabase } from '../testing/test-database.js';
import type { ClaimOfUser, GateAddress } from './gate.js';
import { ReconcileGate } from './reconcile-gate.js';
import { NOTHING_RELAYED } from './relayed-entries.js';
import { SettleQueueBatch } from './settle-queue-batch.js';
import { ShrinkGate } from './shrink-gate.js';
import { TendGates } from './tend-gates.js';

const HOUR_MS = 3_600_000;

/** Counts how often the claims themselves are read. */
class CountingGate extends RedisGate {
  scans = 0;

  override readClaims(at: GateAddress) {
    this.scans += 1;
    return super.readClaims(at);
  }
}

/** The guard taken away: the queue as it was before the claims were read. */
class EarlyQueueGate extends RedisGate {
  early: ClaimOfUser[] = [];

  override async *readQueued() {
    yield this.early;
  }
}

describe.each(['stream', 'line'] as const)('beside a %s', (layout) => {
  let database: TestDatabase;
  let fresh: FreshRedis;
  let core: CoreProcess;
  let gate: CountingGate;
  let coupon: Coupon;

  beforeAll(async () => {
    [database, fresh] = await Promise.all([TestDatabase.create(), FreshRedis.withQueue(layout)]);
    core = await CoreProcess.create(database, fresh, 'c1');
  });

  beforeEach(async () => {
    await fresh.emptyQueue();
    gate = new CountingGate(fresh.redis, fresh.keys, 100_000);
    coupon = await core.open({ totalQuantity: 1_000, issueMode: 'ASYNC' });
  });

  afterAll(async () => {
    await core.stop();
    await fresh.close();
    await database.drop();
  });

  /** Every claim in an entry of its own; answers the entries. */
  async function claim(names: readonly string[]): Promise<string[]> {
    for (const name of names) await core.gate.claim(at(), user(name), false);
    if (layout === 'line') return fresh.redis.zrange(fresh.keys.line(0, coupon.id), 0, '-1');
    return (await fresh.redis.xrange(fresh.keys.queue(0), '-', '+')).map(([id]) => id);
  }

  const at = () => ({ couponId: coupon.id, shard: coupon.shard });
  const depth = () => core.queue.depth(0);
  const lose = async (...ids: string[]) => {
    if (layout === 'stream') return fresh.redis.xdel(fresh.keys.queue(0), ...ids);
    await fresh.redis.decrby(fresh.keys.lineSize(0), ids.length);
    return fresh.redis.zrem(fresh.keys.line(0, coupon.id), ...ids);
  };

  async function drain({ store, queue } = core): Promise<void> {
    const settle = new SettleQueueBatch(store, queue);
    for (let batch = await queue.readNew(0, 500); batch; batch = await queue.readNew(0, 500)) {
      await settle.execute(batch);
    }
  }

  /** Without a wait the present is mark enough, since a test claims and counts one after the other. */
  async function setMark(ageMs: number): Promise<void> {
    if (ageMs === 0) await gate.count(0, [coupon.id], 0);
  }

  async function reconcile(markAgeMs = 0, through: RedisGate = gate) {
    await setMark(markAgeMs);
    const present = (await core.coupons.find(coupon.id))!;
    return (
      await new ReconcileGate(core.coupons, core.store, through, NOTHING_RELAYED, markAgeMs).execute([
        present,
      ])
    )[0]!;
  }

  async function reconcileThoroughly(markAgeMs = 0, through: RedisGate = gate) {
    await setMark(markAgeMs);
    const present = (await core.coupons.find(coupon.id))!;
    return new ReconcileGate(core.coupons, core.store, through, NOTHING_RELAYED, markAgeMs).executeThoroughly(
      present,
      OPERATOR,
    );
  }

  const issued = async () =>
    (await finalRows(database, coupon.id)).map((row) => [row.user, row.number, row.epoch, row.ticket]);

  describe('a claim that nothing would settle', () => {
    it('is found and settled under its own name when its entry is gone', async () => {
      const entries = await claim(['a', 'b', 'c']);
      await lose(entries[1]!);
      await drain();
      const before = findings.drivenAgain.value;
      expect(await reconcile()).toEqual({
        outcome: 'RECONCILED',
        given: 3,
        settled: 2,
        deadLetters: 0,
        scanned: 3,
        drivenAgain: 1,
      });
      expect(findings.drivenAgain.value).toBe(before + 1);
      await drain();
      expect(await issued()).toEqual([
        ['a', 1, 1, 1],
        ['c', 2, 1, 3],
        ['b', 3, 1, 2],
      ]);
      expect(await reconcile()).toMatchObject({ given: 3, settled: 3, scanned: 0 });
    });

    it('is found when its entry was acknowledged and never settled', async () => {
      await claim(['a', 'b']);
      const batch = (await core.queue.readNew(0, 500))!;
      await core.queue.acknowledge(
        0,
        batch.entries.map(({ id, couponId, claims }) => ({ id, couponId, claims: claims.length })),
      );
      expect(await reconcile()).toMatchObject({ drivenAgain: 2 });
      await drain();
      expect((await issued()).length).toBe(2);
    });

    it('is found among the claims of an earlier epoch', async () => {
      const entries = await claim(['a', 'b']);
      await lose(entries[0]!);
      await drain();
      await core.rebuild.execute(at());
      await claim(['c']);
      await drain();
      expect(await reconcile()).toMatchObject({ given: 3, settled: 2, drivenAgain: 1 });
      await drain();
      expect(await issued()).toContainEqual(['a', 3, 1, 1]);
    });

    it('is found where it stands in the queue of a driver that is not used any more', async () => {
      await claim(['a', 'b']);
      const other = await FreshRedis.create(
        undefined,
        fresh.namespace,
        layout === 'line' ? 'stream' : 'line',
      );
      const changed = await CoreProcess.create(database, other, 'c1');
      expect(await changed.queue.readNew(0, 500)).toBeNull();
      expect(await reconcile(0, changed.gate)).toMatchObject({ scanned: 2, drivenAgain: 2 });
      await drain(changed);
      expect((await issued()).map(([name]) => name).sort()).toEqual(['a', 'b']);
      // Whoever changes back meets them again, and settles nothing twice.
      await drain();
      expect(await issued()).toHaveLength(2);
      await changed.stop();
      await other.close();
    });

    it('is found by an operator, though it is a loss, of which there is no count; and that is audited', async () => {
      await claim(['a']);
      await drain();
      await fresh.redis.hset(fresh.keys.claims(0, coupon.id, 1, 0), 'lost', 'L');
      for (let bucket = 1; bucket < 10; bucket += 1)
        await fresh.redis.hset(fresh.keys.claims(0, coupon.id, 1, bucket), `lost-${bucket}`, 'L');
      expect(await reconcile()).toMatchObject({ scanned: 0 });
      expect(await reconcileThoroughly()).toMatchObject({ scanned: 11, drivenAgain: 10 });
      await drain();
      const rows = await finalRows(database, coupon.id);
      expect(rows.filter(({ reason }) => reason === 'LOST_IN_INCIDENT')).toHaveLength(10);
      const audited = await database.query('SELECT action FROM audit_log WHERE coupon_id = ? ORDER BY id', [
        coupon.id,
      ]);
      expect(audited.at(-1)).toEqual({ action: 'RECONCILE' });
    });

    it('is found whichever claims are lost, while others come and are settled', async () => {
      const random = seededRandom(printedSeed());
      const names = users(150);
      let lost = 0;
      let drivenAgain = 0;
      for (let from = 0; from < names.length; from += 30) {
        const entries = await claim(names.slice(from, from + 30));
        const gone = entries.filter(() => random() < 0.3);
        if (gone.length > 0) await lose(...gone);
        lost += gone.length;
        await drain();
        const outcome = await reconcile();
        drivenAgain += outcome.outcome === 'RECONCILED' ? outcome.drivenAgain : 0;
      }
      await drain();
      expect(drivenAgain).toBe(lost);
      const rows = await issued();
      expect(rows.map(([name]) => name).sort()).toEqual([...names].sort());
      expect(rows.map(([, number]) => number)).toEqual(names.map((_, i) => i + 1));
    });
  });

  describe('claims that are under way', () => {
    it('cost nothing but counts where all is well', async () => {
      await claim(users(20));
      await drain();
      expect(await reconcile()).toMatchObject({ given: 20, settled: 20, scanned: 0, drivenAgain: 0 });
      expect(gate.scans).toBe(0);
    });

    it('are left to the consumers as long as older ones wait too', async () => {
      await claim(['a']);
      expect(await reconcile()).toEqual({ outcome: 'BEHIND' });
      expect(gate.scans).toBe(0);
    });

    it('are let alone while they are younger than the mark, and would be driven again without one', async () => {
      await claim(['old']);
      await drain();
      await reconcile();
      const [entry] = await claim(['young']);
      await lose(entry!);
      expect(await reconcile(HOUR_MS)).toMatchObject({ given: 1, settled: 1, drivenAgain: 0 });
      expect(await reconcileThoroughly(HOUR_MS)).toMatchObject({ scanned: 2, drivenAgain: 0 });
      expect(await depth()).toBe(0);
      expect(await reconcileThoroughly(0)).toMatchObject({ drivenAgain: 1 });
    });

    it('are not driven again while they wait, because the queue is read after them', async () => {
      const early = new EarlyQueueGate(fresh.redis, fresh.keys, 100_000);
      await claim(['a']);
      expect(await reconcileThoroughly()).toMatchObject({ scanned: 1, drivenAgain: 0 });
      expect(await depth()).toBe(1);
      // The control; and even then nobody is issued two.
      expect(await reconcileThoroughly(0, early)).toMatchObject({ drivenAgain: 1 });
      // A line has one place for a ticket.
      expect(await depth()).toBe(layout === 'line' ? 1 : 2);
      await drain();
      expect(await issued()).toEqual([['a', 1, 1, 1]]);
    });

    it('are dead letters’ holders too: an operator decides them', async () => {
      await claim(['a', 'dead']);
      const batch = (await core.queue.readNew(0, 500))!;
      const dead = batch.entries[1]!;
      await core.store.keepDeadLetters([{ entry: dead, claims: dead.claims }], 'poison');
      await core.store.settle([batch.entries[0]!], batch.epochs);
      await core.queue.acknowledge(
        0,
        batch.entries.map(({ id, couponId, claims }) => ({ id, couponId, claims: claims.length })),
      );
      expect(await reconcile()).toMatchObject({ given: 2, settled: 1, deadLetters: 1, scanned: 0 });
      expect(await reconcileThoroughly()).toMatchObject({ scanned: 2, drivenAgain: 0 });
    });
  });

  describe('a gate that cannot be compared', () => {
    it('has no mark yet, is shut, or has another epoch than the row', async () => {
      expect(await reconcile(HOUR_MS)).toEqual({ outcome: 'TOO_EARLY' });
      await database.query('UPDATE coupons SET epoch = 2, epoch_minted = 2 WHERE id = ?', [coupon.id]);
      expect(await reconcile()).toEqual({ outcome: 'NO_GATE' });
      await gate.fence(at(), 2);
      expect(await reconcile()).toEqual({ outcome: 'NO_GATE' });
      expect(await gate.driveAgain(at(), 1, [{ userId: user('a'), epoch: 1, ticket: 1 }])).toBe(false);
    });
  });

  describe('a gate that counts wrongly', () => {
    const counts = async (by: number) => {
      await fresh.redis.hincrby(fresh.keys.gate(0, coupon.id), 'admitted', by);
      const errors: string[] = [];
      await setMark(0);
      const reconciliation = new ReconcileGate(core.coupons, core.store, gate, NOTHING_RELAYED, 0);
      const log = (reconciliation as unknown as { log: { error: (text: string) => void } }).log;
      log.error = (text) => errors.push(text);
      const outcome = (await reconciliation.execute([(await core.coupons.find(coupon.id))!]))[0]!;
      return { outcome, errors };
    };

    it('is reported, and counts right again after a rebuild', async () => {
      await claim(['a', 'b']);
      await drain();
      const [unheld, behind] = [findings.unheld.value, findings.gateBehindRows.value];
      const more = await counts(3);
      expect(more.outcome).toMatchObject({ scanned: 2, drivenAgain: 0 });
      expect(more.errors.join()).toMatch(/counts 3 tickets that nobody holds; rebuild/);
      const fewer = await counts(-4);
      expect(fewer.errors.join()).toMatch(/counts 1 tickets fewer than the rows; rebuild/);
      expect([findings.unheld.value - unheld, findings.gateBehindRows.value - behind]).toEqual([3, 1]);
      await core.rebuild.execute(at());
      expect((await counts(0)).errors).toEqual([]);
    });
  });

  describe('a round over all live gates', () => {
    it('says again what the rows say, and drives again what is lost, page by page', async () => {
      const [entry] = await claim(['a']);
      await lose(entry!);
      await fresh.redis.hset(fresh.keys.gate(0, coupon.id), 'capacity', '5');
      const reconciliation = new ReconcileGate(core.coupons, core.store, gate, NOTHING_RELAYED, 0);
      const shrinking = new ShrinkGate(core.store, gate);
      const tend = new TendGates(core.coupons, gate, reconciliation, shrinking, 2);
      await setMark(0);
      await tend.round();
      expect(await fresh.redis.hget(fresh.keys.gate(0, coupon.id), 'capacity')).toBe('1000');
      expect(await issued()).toEqual([]);
      await drain();
      expect(await issued()).toEqual([['a', 1, 1, 1]]);
    });
  });
});
