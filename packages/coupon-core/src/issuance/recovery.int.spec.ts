import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aDefinition, OPERATOR, user, users } from '../testing/a-coupon.js';
import { CoreProcess } from '../testing/core-process.js';
import { finalRows, readCoupon } from '../testing/coupon-rows.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { TestDatabase } from '../testing/test-database.js';
import { NO_DELAYS } from './build-gate.js';
import { DrainQueue } from './drain-queue.js';
import { PersistBatch } from './persist-batch.js';
import { RebuildGate } from './rebuild-gate.js';
import { NOTHING_RELAYED } from './relayed-entries.js';

describe.each(['stream', 'line'] as const)('with a %s', (layout) => {
  let database: TestDatabase;
  let fresh: FreshRedis;
  let core: CoreProcess;

  beforeAll(async () => {
    database = await TestDatabase.create();
    fresh = await FreshRedis.withQueue(layout);
    core = await CoreProcess.create(database, fresh, 'one');
  });

  afterAll(async () => {
    await core?.stop();
    await fresh?.close();
    await database?.drop();
  });

  const drained = async () => {
    while ((await core.queue.depth(0)) > 0) await sleep(20);
  };

  describe('what is healthy again works again', () => {
    it('an opening that died between activation and switch is finished by the next round', async () => {
      const { id, shard } = await core.coupons.create(aDefinition({ issueMode: 'ASYNC' }), OPERATOR);
      await core.coupons.moveState(id, 'OPEN', OPERATOR);
      const epoch = (await core.store.mintEpoch(id))!;
      await core.gate.fence({ couponId: id, shard }, epoch);
      await (await core.store.activateEpoch(id, epoch))!.close();
      // The fence of whoever died is not believed for long.
      await fresh.redis.hset(fresh.keys.gate(shard, id), 'fenceAt', 1);
      expect(await core.requestCoupon.execute(id, user('a'), null)).toMatchObject({ outcome: 'UNAVAILABLE' });
      await database.query(
        'UPDATE coupons SET state_moved_at = state_moved_at - INTERVAL 1 MINUTE WHERE id = ?',
        [id],
      );
      await core.restore.round();
      expect(await core.requestCoupon.execute(id, user('a'), null)).toMatchObject({ outcome: 'CLAIM' });
      expect(await readCoupon(database, id)).toMatchObject({ epoch: 2, epochBuilt: 2 });
    });

    it('asking twice for a rebuild makes one', async () => {
      const { id, shard } = await core.open({ issueMode: 'ASYNC' });
      const rebuild = new RebuildGate(core.store, core.gate, NOTHING_RELAYED, NO_DELAYS);
      const outcomes = await Promise.all([
        rebuild.execute({ couponId: id, shard }),
        rebuild.execute({ couponId: id, shard }),
      ]);
      expect(outcomes).toMatchObject([
        { outcome: 'REBUILT', epoch: 2 },
        { outcome: 'REBUILT', epoch: 2 },
      ]);
      expect(await rebuild.execute({ couponId: id, shard })).toMatchObject({ epoch: 3 });
    });

    it('a receipt for a lost claim is not told that nothing was requested (I5)', async () => {
      const { id, shard } = await core.open({ issueMode: 'ASYNC' });
      const answer = await core.requestCoupon.execute(id, user('a'), null);
      const receipt = answer.outcome === 'CLAIM' ? answer.view.receipt : null;
      await fresh.emptyQueue();
      await fresh.redis.del(fresh.keys.gate(0, id));
      await core.rebuild.execute({ couponId: id, shard });
      expect(await core.readClaimStatus.execute(id, user('a'), null)).toEqual({ outcome: 'NOT_REQUESTED' });
      expect(await core.readClaimStatus.execute(id, user('a'), receipt)).toMatchObject({
        view: { status: 'UNKNOWN' },
      });
      expect(await core.readClaimStatus.execute(id, user('b'), receipt)).toEqual({
        outcome: 'NOT_REQUESTED',
      });
      expect(await core.requestCoupon.execute(id, user('a'), receipt)).toMatchObject({
        view: { status: 'PENDING' },
      });
    });

    it('entries whose reading was not heard of are found without waiting for another consumer', async () => {
      const { id, shard } = await core.open({ issueMode: 'ASYNC' });
      const forever = { claimsMax: 500, reclaimIdleMs: 86_400_000 };
      const drain = new DrainQueue(
        core.queue,
        new PersistBatch(core.store, core.queue, core.gate),
        core.gate,
        forever,
      );
      drain.start();
      await drained();
      // The same consumer's reading, whose reply never arrives. Its loop may be quicker: then once more.
      for (let i = 0; i < 1_000; i += 1) {
        await core.gate.claim({ couponId: id, shard }, user(`u${i}`), false);
        if (await core.queue.readNew(shard, 500)) break;
      }
      await drained();
      await drain.stop();
      const { issuedQuantity } = await readCoupon(database, id);
      expect((await finalRows(database, id)).length).toBe(issuedQuantity);
      expect(issuedQuantity).toBeGreaterThan(0);
    });

    it('every shard is drained by a loop of its own', async () => {
      const coupons = await Promise.all(
        [0, 1].map(() => core.coupons.create(aDefinition({ issueMode: 'ASYNC' }), OPERATOR)),
      );
      const drains = await Promise.all(
        coupons.map(async ({ id }, shard) => {
          await database.query('UPDATE coupons SET shard = ? WHERE id = ?', [shard, id]);
          await core.coupons.moveState(id, 'OPEN', OPERATOR);
          await core.rebuild.execute({ couponId: id, shard });
          return core.drainOf(shard);
        }),
      );
      for (const drain of drains) drain.start();
      await Promise.all(
        coupons.map(({ id }, shard) =>
          Promise.all(users(10).map((name) => core.gate.claim({ couponId: id, shard }, name, false))),
        ),
      );
      while ((await core.queue.depth(0)) + (await core.queue.depth(1)) > 0) await sleep(20);
      await Promise.all(drains.map((drain) => drain.stop()));
      for (const { id } of coupons) expect(await finalRows(database, id)).toHaveLength(10);
    });
  });
});
