import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Coupon, IssueMode } from '../coupon/coupon.js';
import type { UserId } from '../coupon/ids.js';
import { aDefinition, OPERATOR, user, users } from '../testing/a-coupon.js';
import { CoreProcess } from '../testing/core-process.js';
import { finalRows, readCoupon } from '../testing/coupon-rows.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { type PrivateRedis, privateRedis } from '../testing/private-redis.js';
import { TestDatabase } from '../testing/test-database.js';
import { REBUILD_SILENCE_MS } from './held-fence.js';
import type { RebuildOutcome } from './rebuild-gate.js';

/** Only what never happens reaches it, also on a machine that is many times slower. */
const WAIT_MS_MAX = 120_000;
const POLL_MS = 10;

describe.each(['stream', 'line'] as const)('with a %s', (layout) => {
  let database: TestDatabase;
  let server: PrivateRedis;
  let other: PrivateRedis;
  let fresh: FreshRedis;
  let core: CoreProcess;
  const running: { stop(): Promise<void> }[] = [];

  beforeAll(async () => {
    // Connections report each restart, which is what these tests are about.
    Logger.overrideLogger(false);
    database = await TestDatabase.create();
    [server, other] = await Promise.all([privateRedis(), privateRedis()]);
  }, WAIT_MS_MAX);

  beforeEach(async () => {
    fresh = await FreshRedis.create(server.url, undefined, layout);
    core = await startedAt(fresh, 'one');
  }, WAIT_MS_MAX);

  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
    // Nobody looks for the gates of the next test's predecessors.
    await database.query("UPDATE coupons SET state = 'CLOSED'");
    await fresh.redis.flushall();
    await fresh.close();
  }, WAIT_MS_MAX);

  afterAll(async () => {
    await Promise.all([server?.stop(), other?.stop()]);
    await database?.drop();
  }, WAIT_MS_MAX);

  async function startedAt(redis: FreshRedis, name: string): Promise<CoreProcess> {
    const process = await CoreProcess.create(database, redis, name);
    running.push(process);
    return process;
  }

  async function until<T>(what: string, ask: () => Promise<T | null | undefined | false>): Promise<T> {
    const deadline = performance.now() + WAIT_MS_MAX;
    while (performance.now() < deadline) {
      // A server that is just coming back does not answer.
      const answer = await ask().catch(() => null);
      if (answer) return answer;
      await sleep(POLL_MS);
    }
    throw new Error(`It did not happen that ${what}.`);
  }

  /** People who keep their receipts, and ask again as long as they are told that nobody knows. */
  class People {
    readonly receipts = new Map<UserId, string>();

    constructor(
      readonly coupon: Coupon,
      public at: CoreProcess,
    ) {}

    async ask(names: readonly UserId[]): Promise<void> {
      await Promise.all(names.map((name) => this.askUntilAnswered(name)));
    }

    private askUntilAnswered(name: UserId) {
      return until(`${name} is answered`, async () => {
        const answer = await this.at.requestCoupon.execute(
          this.coupon.id,
          name,
          this.receipts.get(name) ?? null,
        );
        if (answer.outcome === 'UNAVAILABLE') return null;
        if (answer.outcome === 'CLAIM' && answer.view.receipt) this.receipts.set(name, answer.view.receipt);
        return answer;
      });
    }

    /**
     * Whoever was accepted comes back with the receipt, then newcomers come, more than there are units. All that was
     * promised is kept or rejected by name, and all units are had, once (I1–I4, I7).
     */
    async expectExact(total: number): Promise<void> {
      const accepted = [...this.receipts.keys()];
      await this.ask(accepted);
      await this.ask(users(total, 'newcomer-'));
      const rows = await until('everybody accepted has a final row', async () => {
        const found = await finalRows(database, this.coupon.id);
        const have = new Set(found.map((row) => row.user));
        return [...this.receipts.keys()].every((name) => have.has(name)) && found;
      });
      const issued = rows.filter(({ status }) => status === 'ISSUED');
      expect(issued.map(({ number }) => number)).toEqual(Array.from({ length: total }, (_, i) => i + 1));
      expect(new Set(rows.map((row) => row.user)).size).toBe(rows.length);
      const issuedTo = new Set(issued.map((row) => row.user));
      // Nobody came between them and the units that were left, so nobody accepted goes without.
      expect(accepted.filter((name) => !issuedTo.has(name))).toEqual([]);
      await until('the gate offers what is left, which is nothing', async () => {
        const [capacity, admitted] = await this.at.gateNumbers(this.coupon);
        return capacity === admitted;
      });
    }
  }

  async function opened(total: number, issueMode: IssueMode = 'ASYNC'): Promise<People> {
    return new People(await core.open({ totalQuantity: total, issueMode }), core);
  }

  describe('a gate that was lost is rebuilt without an operator', () => {
    it('after FLUSHALL in the middle of everything', async () => {
      core.startWorker();
      const people = await opened(40);
      await people.ask(users(25));
      await fresh.redis.flushall();
      await people.ask(users(5, 'soon-'));
      await people.expectExact(40);
    });

    it('after a restart that lost nothing, where nobody needs a receipt', async () => {
      const people = await opened(40);
      await people.ask(users(25));
      await server.restart();
      people.receipts.clear();
      core.startWorker();
      await people.ask(users(25));
      await people.expectExact(40);
    });

    it('after a crash that cut off the end of the log', async () => {
      const people = await opened(40);
      await people.ask(users(10));
      const position = server.position();
      await people.ask(users(15, 'cut-'));
      await server.restartAt(position);
      await until('the server is back', () => fresh.redis.ping());
      // The cut is real: the server itself knows nothing of the last fifteen.
      expect(await fresh.redis.hget(fresh.keys.gate(0, people.coupon.id), 'tickets')).toBe('10');
      core.startWorker();
      await people.expectExact(40);
    });

    it('of a paused coupon as well', async () => {
      const people = await opened(3);
      await core.coupons.moveState(people.coupon.id, 'PAUSED', OPERATOR);
      await fresh.redis.flushall();
      expect(await core.restore.round()).toBe(1);
      expect(await core.requestCoupon.execute(people.coupon.id, user('a'), null)).toMatchObject({
        outcome: 'REFUSED',
        code: 'PAUSED',
      });
    });

    it('of one coupon among many, and of no other', async () => {
      const [one, another] = [await opened(3), await opened(3)];
      await fresh.redis.del(fresh.keys.gate(0, one.coupon.id));
      expect(await core.restore.round()).toBe(1);
      expect(await core.restore.round()).toBe(0);
      expect(await readCoupon(database, one.coupon.id)).toMatchObject({ epoch: 2, epochBuilt: 2 });
      expect(await readCoupon(database, another.coupon.id)).toMatchObject({ epoch: 1 });
    });

    it('of a closed coupon when somebody asks, or for the entries that wait', async () => {
      const people = await opened(5);
      await people.ask([user('a')]);
      await core.coupons.moveState(people.coupon.id, 'CLOSED', OPERATOR);
      await server.restart();
      await until('the server is back', () => fresh.redis.ping());
      expect(await core.restore.round()).toBe(0);
      core.startWorker();
      await until(
        'the claim is settled',
        async () => (await finalRows(database, people.coupon.id)).length === 1,
      );
      await fresh.redis.flushall();
      await people.ask([user('a'), user('b')]);
      expect(await finalRows(database, people.coupon.id)).toMatchObject([{ user: 'a', status: 'ISSUED' }]);
    });

    it('of a coupon whose operator died between opening it and building its gate, but not at once', async () => {
      const { id, shard } = await core.coupons.create(aDefinition(), OPERATOR);
      await core.coupons.moveState(id, 'OPEN', OPERATOR);
      expect(await core.restore.round()).toBe(0);
      await database.query(
        'UPDATE coupons SET state_moved_at = state_moved_at - INTERVAL 1 MINUTE WHERE id = ?',
        [id],
      );
      expect(await core.restore.round()).toBe(1);
      expect(await core.gate.inspect([{ couponId: id, shard, epoch: 1 }])).toEqual(['UP']);
    });

    it('page by page, however many there are', async () => {
      const coupons = await Promise.all(Array.from({ length: 7 }, () => opened(3)));
      await fresh.redis.flushall();
      const few = core.restoring(2);
      let rounds = 0;
      for (let restored = 0; restored < coupons.length; rounds += 1) restored += await few.round();
      expect(rounds).toBeLessThan(12);
      for (const { coupon } of coupons)
        expect(await readCoupon(database, coupon.id)).toMatchObject({ epoch: 2 });
    });
  });

  /** The first replica of a server gives it another replication id, and with that shuts its gates. */
  const follow = async (from: FreshRedis, by: FreshRedis): Promise<void> => {
    await from.redis.config('SET', 'repl-diskless-sync-delay', 0);
    await by.redis.replicaof('127.0.0.1', new URL(from.url).port);
    await until('the replica is there', async () => (await from.redis.call('WAIT', 1, 1_000)) === 1);
  };

  /** The replica takes over what has reached it; the first goes on for a moment, and nobody hears of it. */
  const failOver = async (
    from: FreshRedis,
    to: FreshRedis,
    people: People,
    lost: UserId[],
  ): Promise<void> => {
    await until('the replica has caught up', async () => (await from.redis.call('WAIT', 1, 1_000)) === 1);
    await to.redis.replicaof('NO', 'ONE');
    await people.ask(lost);
  };

  describe('a server that was replaced', () => {
    it('by a replica, and then by the first one again: A → B → A', async () => {
      const b = await FreshRedis.create(other.url, fresh.namespace, layout);
      try {
        await follow(fresh, b);
        const people = await opened(60);
        await people.ask(users(10));
        await failOver(fresh, b, people, users(5, 'lost-with-a-'));
        const atB = await startedAt(b, 'at-b');
        people.at = atB;
        atB.startWorker();
        await people.ask(users(10, 'at-b-'));
        await follow(b, fresh);
        await failOver(b, fresh, people, users(5, 'lost-with-b-'));
        await atB.stop();
        people.at = core;
        core.startWorker();
        await people.expectExact(60);
      } finally {
        await b.redis.flushall();
        await b.close();
      }
    });

    it('and comes back as it was, on the same run: its gate is behind the row', async () => {
      const b = await FreshRedis.create(other.url, fresh.namespace, layout);
      try {
        await follow(fresh, b);
        const people = await opened(60);
        await people.ask(users(10));
        await failOver(fresh, b, people, users(5, 'lost-with-a-'));
        const atB = await startedAt(b, 'at-b');
        people.at = atB;
        atB.startWorker();
        await people.ask(users(10, 'at-b-'));
        await until('all of them are settled', async () => (await atB.queue.depth(0)) === 0);
        await atB.stop();
        people.at = core;
        // Nothing in it says that it is older than the row: it even admits somebody before anybody has noticed.
        await people.ask(users(1, 'at-old-a-'));
        expect(await core.gate.lookUp({ couponId: people.coupon.id, shard: 0 }, user('at-b-1'))).toEqual({
          outcome: 'NONE',
        });
        const { epoch } = await readCoupon(database, people.coupon.id);
        const at = { couponId: people.coupon.id, shard: people.coupon.shard };
        expect(await core.gate.inspect([at, at].map((gate, i) => ({ ...gate, epoch: epoch - i })))).toEqual([
          'SHUT',
          'UP',
        ]);
        core.startWorker();
        // Whoever has a row from B and comes back before the rebuild takes a second ticket, which keeps a unit from
        // others until it is settled as a repeat.
        await people.ask([...people.receipts.keys()]);
        await until('the repeats are settled', async () => (await core.queue.depth(0)) === 0);
        await people.expectExact(60);
      } finally {
        await b.redis.flushall();
        await b.close();
      }
    });
  });

  describe('a server that gets its first replica', () => {
    it('has another replication id from then on: its gates are rebuilt, and nobody needs a receipt', async () => {
      const people = await opened(20);
      await people.ask(users(10));
      const b = await FreshRedis.create(other.url, fresh.namespace, layout);
      try {
        // What it knew of earlier replicas went with its earlier run.
        await server.restart();
        await until('the gate is rebuilt', async () => (await core.restore.round()) === 1);
        await follow(fresh, b);
        core.startWorker();
        people.receipts.clear();
        await people.ask(users(10));
        await people.expectExact(20);
        expect(await readCoupon(database, people.coupon.id)).toMatchObject({ epochBuilt: 3 });
      } finally {
        await b.redis.replicaof('NO', 'ONE');
        await b.redis.flushall();
        await b.close();
      }
    });
  });

  describe('several who rebuild', () => {
    it('at once, again and again while people ask: one of them wins each time, and nothing is lost', async () => {
      const people = await opened(60, 'BOTH');
      const second = await startedAt(fresh, 'two');
      core.startWorker();
      second.startWorker();
      const at = { couponId: people.coupon.id, shard: people.coupon.shard };
      const outcomes: RebuildOutcome[] = [];
      const asking = people.ask(users(30));
      for (let i = 0; i < 6; i += 1) {
        outcomes.push(...(await Promise.all([core.rebuild.execute(at), second.rebuild.execute(at)])));
        await Promise.all(
          users(2, `by-v1-${i}-`).map((name) => second.issueCoupon.execute(at.couponId, name)),
        );
      }
      await asking;
      expect(outcomes.some(({ outcome }) => outcome === 'REBUILT')).toBe(true);
      const byV1 = (await finalRows(database, at.couponId)).filter(({ epoch }) => epoch === null);
      expect(byV1).toHaveLength(12);
      for (const row of byV1) people.receipts.delete(user(row.user));
      await people.expectExact(60);
    });

    it('leave alone a rebuild that goes on, and take over one that was not heard of for long', async () => {
      const { coupon } = await opened(5);
      const at = { couponId: coupon.id, shard: coupon.shard };
      await fresh.redis.flushall();
      const epoch = (await core.store.mintEpoch(coupon.id))!;
      await core.gate.fence(at, epoch);
      await (await core.store.activateEpoch(coupon.id, epoch))!.close();
      const stage = await core.gate.stage(at, { epoch, claimsExpected: 5 });
      await stage.put([{ userId: user('half'), claim: { kind: 'V1' } }]);
      expect(await core.restore.round()).toBe(0);
      const passMs = (ms: number) => fresh.redis.hincrby(fresh.keys.gate(0, coupon.id), 'fenceAt', -ms);
      await passMs(REBUILD_SILENCE_MS);
      expect(await core.gate.holdFence(at, epoch)).toBe(true);
      expect(await core.restore.round()).toBe(0);
      await passMs(REBUILD_SILENCE_MS);
      expect(await core.restore.round()).toBe(1);
      expect(await core.gate.holdFence(at, epoch)).toBe(false);
      expect(await core.gate.lookUp(at, user('half'))).toEqual({ outcome: 'NONE' });
      // What the dead one had staged went with it.
      expect(await fresh.redis.keys(`${fresh.keys.claimsPrefix(0)}*`)).toEqual([]);
    });

    it('give up when the server is emptied under them, and leave nothing of theirs', async () => {
      const { coupon } = await opened(5);
      const at = { couponId: coupon.id, shard: coupon.shard };
      await core.issueCoupon.execute(coupon.id, user('a'));
      const { stage } = core.gate;
      let staged = false;
      core.gate.stage = async (...args) => {
        const real = await stage.apply(core.gate, args);
        return {
          find: (names) => real.find(names),
          countSeveral: () => real.countSeveral(),
          put: async (claims) => {
            if (!staged) await fresh.redis.flushall();
            staged = true;
            await real.put(claims);
          },
        };
      };
      expect(await core.rebuild.execute(at)).toEqual({ outcome: 'OVERTAKEN' });
      core.gate.stage = stage;
      expect(await core.restore.round()).toBe(1);
      expect(await fresh.redis.keys(`${fresh.keys.claimsPrefix(0)}${coupon.id}:2:*`)).toEqual([]);
      expect(await core.gate.inspect([{ ...at, epoch: 3 }])).toEqual(['UP']);
    });
  });
});
