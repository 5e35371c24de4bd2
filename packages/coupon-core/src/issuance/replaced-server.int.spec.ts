import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { UserId } from '../coupon/ids.js';
import { user, users } from '../testing/a-coupon.js';
import type { CoreProcess } from '../testing/core-process.js';
import { readCoupon } from '../testing/coupon-rows.js';
import type { FreshRedis } from '../testing/fresh-redis.js';
import { LostGateScene, type PeopleWithReceipts, until, WAIT_MS_MAX } from '../testing/lost-gate-scene.js';

describe.each(['stream', 'line'] as const)('with a %s', (layout) => {
  let scene: LostGateScene;
  let core: CoreProcess;
  let fresh: FreshRedis;

  beforeAll(async () => {
    // Connections report each restart, which is what these tests are about.
    Logger.overrideLogger(false);
    scene = await LostGateScene.create(layout);
  }, WAIT_MS_MAX);

  beforeEach(async () => {
    await scene.begin();
    ({ core, fresh } = scene);
  }, WAIT_MS_MAX);

  afterEach(() => scene.end(), WAIT_MS_MAX);
  afterAll(() => scene?.close(), WAIT_MS_MAX);

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
    people: PeopleWithReceipts,
    lost: UserId[],
  ): Promise<void> => {
    await until('the replica has caught up', async () => (await from.redis.call('WAIT', 1, 1_000)) === 1);
    await to.redis.replicaof('NO', 'ONE');
    await people.ask(lost);
  };

  describe('a server that was replaced', () => {
    it('by a replica, and then by the first one again: A → B → A', async () => {
      await scene.withOther(async (b) => {
        await follow(fresh, b);
        const people = await scene.opened(60);
        await people.ask(users(10));
        await failOver(fresh, b, people, users(5, 'lost-with-a-'));
        const atB = await scene.startedAt(b, 'at-b');
        people.at = atB;
        atB.startWorker();
        await people.ask(users(10, 'at-b-'));
        await follow(b, fresh);
        await failOver(b, fresh, people, users(5, 'lost-with-b-'));
        await atB.stop();
        people.at = core;
        core.startWorker();
        await people.expectExact(60);
      });
    });

    it('and comes back as it was, on the same run: its gate is behind the row', async () => {
      await scene.withOther(async (b) => {
        await follow(fresh, b);
        const people = await scene.opened(60);
        await people.ask(users(10));
        await failOver(fresh, b, people, users(5, 'lost-with-a-'));
        const atB = await scene.startedAt(b, 'at-b');
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
        const { epoch } = await readCoupon(scene.database, people.coupon.id);
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
      });
    });
  });

  describe('a server that gets its first replica', () => {
    it('has another replication id from then on: its gates are rebuilt, and nobody needs a receipt', async () => {
      const people = await scene.opened(20);
      await people.ask(users(10));
      await scene.withOther(async (b) => {
        // What it knew of earlier replicas went with its earlier run.
        await scene.server.restart();
        await until('the gate is rebuilt', async () => (await core.restore.round()) === 1);
        await follow(fresh, b);
        core.startWorker();
        people.receipts.clear();
        await people.ask(users(10));
        await people.expectExact(20);
        expect(await readCoupon(scene.database, people.coupon.id)).toMatchObject({ epochBuilt: 3 });
      });
    });
  });
});
