import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { aDefinition, OPERATOR, user, users } from '../testing/a-coupon.js';
import type { CoreProcess } from '../testing/core-process.js';
import { finalRows, readCoupon } from '../testing/coupon-rows.js';
import type { FreshRedis } from '../testing/fresh-redis.js';
import { LostGateScene, until, WAIT_MS_MAX } from '../testing/lost-gate-scene.js';
import { REBUILD_SILENCE_MS } from './held-fence.js';
import type { RebuildOutcome } from './rebuild-gate.js';

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

  describe('a gate that was lost is rebuilt without an operator', () => {
    it('after FLUSHALL in the middle of everything', async () => {
      core.startWorker();
      const people = await scene.opened(40);
      await people.ask(users(25));
      await fresh.redis.flushall();
      await people.ask(users(5, 'soon-'));
      await people.expectExact(40);
    });

    it('after a restart that lost nothing, where nobody needs a receipt', async () => {
      const people = await scene.opened(40);
      await people.ask(users(25));
      await scene.server.restart();
      people.receipts.clear();
      core.startWorker();
      await people.ask(users(25));
      await people.expectExact(40);
    });

    it('after a crash that cut off the end of the log', async () => {
      const people = await scene.opened(40);
      await people.ask(users(10));
      const position = scene.server.position();
      await people.ask(users(15, 'cut-'));
      await scene.server.restartAt(position);
      await until('the server is back', () => fresh.redis.ping());
      // The cut is real: the server itself knows nothing of the last fifteen.
      expect(await fresh.redis.hget(fresh.keys.gate(0, people.coupon.id), 'tickets')).toBe('10');
      core.startWorker();
      await people.expectExact(40);
    });

    it('of a paused coupon as well', async () => {
      const people = await scene.opened(3);
      await core.coupons.moveState(people.coupon.id, 'PAUSED', OPERATOR);
      await fresh.redis.flushall();
      expect(await core.restore.round()).toBe(1);
      expect(await core.requestCoupon.execute(people.coupon.id, user('a'), null)).toMatchObject({
        outcome: 'REFUSED',
        code: 'PAUSED',
      });
    });

    it('of one coupon among many, and of no other', async () => {
      const [one, another] = [await scene.opened(3), await scene.opened(3)];
      await fresh.redis.del(fresh.keys.gate(0, one.coupon.id));
      expect(await core.restore.round()).toBe(1);
      expect(await core.restore.round()).toBe(0);
      expect(await readCoupon(scene.database, one.coupon.id)).toMatchObject({ epoch: 2, epochBuilt: 2 });
      expect(await readCoupon(scene.database, another.coupon.id)).toMatchObject({ epoch: 1 });
    });

    it('of a closed coupon when somebody asks, or for the entries that wait', async () => {
      const people = await scene.opened(5);
      await people.ask([user('a')]);
      await core.coupons.moveState(people.coupon.id, 'CLOSED', OPERATOR);
      await scene.server.restart();
      await until('the server is back', () => fresh.redis.ping());
      expect(await core.restore.round()).toBe(0);
      core.startWorker();
      await until(
        'the claim is settled',
        async () => (await finalRows(scene.database, people.coupon.id)).length === 1,
      );
      await fresh.redis.flushall();
      await people.ask([user('a'), user('b')]);
      expect(await finalRows(scene.database, people.coupon.id)).toMatchObject([
        { user: 'a', status: 'ISSUED' },
      ]);
    });

    it('of a coupon whose operator died between opening it and building its gate, but not at once', async () => {
      const { id, shard } = await core.coupons.create(aDefinition(), OPERATOR);
      await core.coupons.moveState(id, 'OPEN', OPERATOR);
      expect(await core.restore.round()).toBe(0);
      await scene.database.query(
        'UPDATE coupons SET state_moved_at = state_moved_at - INTERVAL 1 MINUTE WHERE id = ?',
        [id],
      );
      expect(await core.restore.round()).toBe(1);
      expect(await core.gate.inspect([{ couponId: id, shard, epoch: 1 }])).toEqual(['UP']);
    });

    it('page by page, however many there are', async () => {
      const coupons = await Promise.all(Array.from({ length: 7 }, () => scene.opened(3)));
      await fresh.redis.flushall();
      const few = core.restoring(2);
      let rounds = 0;
      for (let restored = 0; restored < coupons.length; rounds += 1) restored += await few.round();
      expect(rounds).toBeLessThan(12);
      for (const { coupon } of coupons)
        expect(await readCoupon(scene.database, coupon.id)).toMatchObject({ epoch: 2 });
    });
  });

  describe('several who rebuild', () => {
    it('at once, again and again while people ask: one of them wins each time, and nothing is lost', async () => {
      const people = await scene.opened(60, 'BOTH');
      const second = await scene.startedAt(fresh, 'two');
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
      const byV1 = (await finalRows(scene.database, at.couponId)).filter(({ epoch }) => epoch === null);
      expect(byV1).toHaveLength(12);
      for (const row of byV1) people.receipts.delete(user(row.user));
      await people.expectExact(60);
    });

    it('leave alone a rebuild that goes on, and take over one that was not heard of for long', async () => {
      const { coupon } = await scene.opened(5);
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
      const { coupon } = await scene.opened(5);
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
