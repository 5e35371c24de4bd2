import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MysqlIssueStore } from '../adapters/mysql/issue-store.mysql.js';
import { type Transaction, UnitOfWork } from '../adapters/mysql/unit-of-work.js';
import type { Coupon } from '../coupon/coupon.js';
import type { CouponId } from '../coupon/ids.js';
import { persisted } from '../metrics/drain-metrics.js';
import { couponId, user } from '../testing/a-coupon.js';
import { CoreProcess } from '../testing/core-process.js';
import { finalRows, readCoupon } from '../testing/coupon-rows.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { TestDatabase } from '../testing/test-database.js';
import type { QueueBatch } from './issuance-queue.js';
import { StoreUnavailable } from './issue-store.js';
import { SettleQueueBatch } from './settle-queue-batch.js';

const CLAIMS_MAX = 500;
/** No row can hold it, and no retry will change that. */
const POISON = 'x'.repeat(65);

describe.each(['stream', 'line'] as const)('from a %s', (layout) => {
  let database: TestDatabase;
  let fresh: FreshRedis;
  let core: CoreProcess;
  let settling: SettleQueueBatch;
  let coupon: Coupon;

  beforeAll(async () => {
    database = await TestDatabase.create();
    fresh = await FreshRedis.withQueue(layout);
    core = await CoreProcess.create(database, fresh, 'one');
    settling = new SettleQueueBatch(core.store, core.queue);
  });

  beforeEach(async () => {
    await fresh.emptyQueue();
    await database.query('DELETE FROM dead_letters');
    coupon = await core.open({ totalQuantity: 10, issueMode: 'ASYNC' });
  });

  afterAll(async () => {
    await core?.stop();
    await fresh?.close();
    await database?.drop();
  });

  /** One entry for each call of the gate. */
  const admit = async (...names: string[]) => {
    const at = { couponId: coupon.id, shard: coupon.shard };
    await Promise.all(names.map((name) => core.gate.claim(at, user(name), false)));
  };
  const read = async (): Promise<QueueBatch> => (await core.queue.readNew(0, CLAIMS_MAX))!;
  const readAgain = () => core.queue.readOwnPending(0, '0', CLAIMS_MAX);
  const names = async () => (await finalRows(database, coupon.id)).map((row) => row.user);
  const letters = () =>
    database.query<{ coupon_id: number | null; payload: unknown; cause: string }>(
      'SELECT coupon_id, payload, cause FROM dead_letters ORDER BY id',
    );
  const parsed = (payload: unknown) => (typeof payload === 'string' ? JSON.parse(payload) : payload);

  /** An entry of a stream, or a member of the line of a coupon, past the gate. */
  async function smuggle(entry: string[], couponId: CouponId, place: number, member: string): Promise<void> {
    const { redis, keys } = fresh;
    if (layout === 'stream') {
      await redis.xadd(keys.queue(0), '*', ...entry);
      return;
    }
    await redis.zadd(keys.line(0, couponId), place, member);
    await redis.zadd(`${keys.queue(0)}:due`, 0, `${couponId}`);
    await redis.incr(keys.lineSize(0));
  }

  describe('a batch of the queue', () => {
    it('is committed and then acknowledged', async () => {
      await admit('a', 'b');
      await admit('c');
      const before = persisted.count;
      expect(await settling.execute(await read())).toEqual({
        ...{ issued: 3, rejected: 0, deadLetters: 0, leftAlone: 0 },
        views: [],
      });
      expect(await names()).toEqual(['a', 'b', 'c']);
      expect(persisted.count).toBe(before + 3);
      expect(await core.queue.depth(0)).toBe(0);
    });

    it('is not acknowledged while the store is unavailable, and settled when it is read again', async () => {
      class Away extends UnitOfWork {
        override run<T>(_work: (tx: Transaction) => Promise<T>): Promise<T> {
          return Promise.reject(new StoreUnavailable('away'));
        }
      }
      const away = new SettleQueueBatch(new MysqlIssueStore(new Away(database.pool)), core.queue);
      await admit('a');
      await expect(away.execute(await read())).rejects.toThrow(StoreUnavailable);
      expect(await core.queue.depth(0)).toBe(1);
      await settling.execute((await readAgain())!);
      expect([await names(), await core.queue.depth(0), await letters()]).toEqual([['a'], 0, []]);
    });

    it('stays pending for a coupon that is being rebuilt, and is settled under its next gate', async () => {
      await admit('a');
      const batch = await read();
      await core.rebuild.execute({ couponId: coupon.id, shard: 0 });
      expect(await settling.execute(batch)).toMatchObject({ issued: 0, leftAlone: 1 });
      expect([await names(), await core.queue.depth(0)]).toEqual([[], 1]);
      expect(await settling.execute((await readAgain())!)).toMatchObject({ issued: 1, leftAlone: 0 });
      expect([await names(), await core.queue.depth(0)]).toEqual([['a'], 0]);
    });
  });

  describe('what fails by itself', () => {
    it('becomes a dead letter, and everybody else in its entry and in its batch is issued', async () => {
      await admit('a');
      await admit('b', POISON, 'c');
      await admit('d');
      expect(await settling.execute(await read())).toMatchObject({
        issued: 4,
        rejected: 0,
        deadLetters: 1,
        leftAlone: 0,
      });
      expect(await names()).toEqual(['a', 'b', 'c', 'd']);
      expect((await readCoupon(database, coupon.id)).issuedQuantity).toBe(4);
      const kept = await letters();
      expect(kept).toMatchObject([{ coupon_id: coupon.id, cause: expect.stringMatching(/too long/i) }]);
      expect(parsed(kept[0]!.payload)).toMatchObject({ userId: POISON, epoch: 1, ticket: 3 });
      expect(await core.queue.depth(0)).toBe(0);
    });

    it('keeps its place: a rebuild counts its ticket, and its user still reads PENDING', async () => {
      await admit(POISON);
      await settling.execute(await read());
      expect(await core.rebuild.execute({ couponId: coupon.id, shard: 0 })).toMatchObject({
        unsettled: 1,
        claims: 1,
      });
      expect(await core.readClaimStatus.execute(coupon.id, user(POISON), null)).toMatchObject({
        view: { status: 'PENDING' },
      });
    });

    it('is kept as it is where nothing in it can be understood', async () => {
      await admit('a');
      await smuggle(['what', 'is this'], coupon.id, 0, 'what is this');
      expect(await settling.execute(await read())).toMatchObject({ issued: 1, deadLetters: 1 });
      const kept = await letters();
      expect(kept).toMatchObject([{ coupon_id: null }]);
      expect(JSON.stringify(parsed(kept[0]!.payload))).toMatch(/what.*is this/);
      expect(await core.queue.depth(0)).toBe(0);
    });

    it('keeps claims on a coupon that does not exist as dead letters, and settles the others', async () => {
      await admit('a');
      const orphan = ['c', '999999', 'e', '1', 'a', '1', 't', '1', 'u', 'nobody'];
      await smuggle(orphan, couponId(999_999), 2 ** 32 + 1, '1 nobody');
      expect(await settling.execute(await read())).toMatchObject({ issued: 1, deadLetters: 1, leftAlone: 0 });
      expect([await names(), await core.queue.depth(0)]).toEqual([['a'], 0]);
      expect(await letters()).toMatchObject([{ coupon_id: 999_999, cause: 'There is no coupon 999999.' }]);
    });
  });
});
