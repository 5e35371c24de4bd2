import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MysqlCouponStore } from '../adapters/mysql/coupon-store.mysql.js';
import { MysqlIssueStore } from '../adapters/mysql/issue-store.mysql.js';
import { RedisGate } from '../adapters/redis/gate.redis.js';
import { RedisQueueObserver } from '../adapters/redis/queue-observer.redis.js';
import { redisQueue } from '../adapters/redis/redis-queue.js';
import type { Coupon } from '../coupon/coupon.js';
import { aDefinition, OPERATOR, users } from '../testing/a-coupon.js';
import type { DeathPoint } from '../testing/faults/dying-consumer.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { TestDatabase } from '../testing/test-database.js';
import { DrainQueue } from './drain-queue.js';
import { PersistBatch } from './persist-batch.js';
import { RebuildGate } from './rebuild-gate.js';
import { NOTHING_RELAYED } from './relayed-entries.js';

const DYING_CONSUMER = fileURLToPath(new URL('../testing/faults/dying-consumer.js', import.meta.url));
const TOTAL = 50;
const CLAIMANTS = users(60);
/** So long that nothing is ever taken over: what is pending must be found by the consumer's own name. */
const NEVER_MS = 86_400_000;

describe.each([
  ['stream', 'redis-stream'],
  ['line', 'redis-zset'],
] as const)(
  'A consumer of a %s that is killed loses nothing and doubles nothing (I1–I4, I11)',
  (layout, driver) => {
    let database: TestDatabase;
    let redis: FreshRedis;
    let gate: RedisGate;
    let store: MysqlIssueStore;
    let coupons: MysqlCouponStore;

    beforeAll(async () => {
      database = await TestDatabase.create();
      redis = await FreshRedis.withQueue(layout);
      gate = new RedisGate(redis.redis, redis.keys, 10_000);
      store = new MysqlIssueStore(database.unitOfWork());
      coupons = new MysqlCouponStore(database.dataSource, database.unitOfWork(), 1);
    });

    afterAll(async () => {
      await redis.close();
      await database.drop();
    });

    async function anOpenCoupon(): Promise<Coupon> {
      const { id, shard } = await coupons.create(
        aDefinition({ totalQuantity: TOTAL, issueMode: 'ASYNC' }),
        OPERATOR,
      );
      await coupons.moveState(id, 'OPEN', OPERATOR);
      await new RebuildGate(store, gate, NOTHING_RELAYED).execute({ couponId: id, shard });
      return (await coupons.find(id))!;
    }

    /** The program with the real consumer in it, which kills itself at that point. */
    function startDying(point: DeathPoint, name: string): ChildProcess {
      const env = {
        ...process.env,
        MYSQL_URL: database.url,
        REDIS_URL: redis.url,
        REDIS_NAMESPACE: redis.namespace,
        RECEIPT_SECRET: 'nothing is signed here',
        CONSUMER_NAME: name,
        QUEUE_DRIVER: driver,
        RECLAIM_IDLE_MS: `${NEVER_MS}`,
      };
      return spawn(process.execPath, [DYING_CONSUMER, point], {
        env,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    }

    const queueOf = async (name: string) =>
      redisQueue(redis.redis, await redis.connect('blocking'), redis.keys, name);

    async function drainAs(name: string, reclaimIdleMs: number, coupon: Coupon): Promise<void> {
      const queue = await queueOf(name);
      const drain = new DrainQueue(queue, new PersistBatch(store, queue, gate), gate, {
        claimsMax: 500,
        reclaimIdleMs,
      });
      drain.start();
      while ((await queue.depth(coupon.shard)) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
      await drain.stop();
    }

    async function rowsOf(coupon: Coupon) {
      return database.query<{ user_id: string; status: string; issue_number: number; ticket: number }>(
        'SELECT * FROM coupon_issues WHERE coupon_id = ? ORDER BY issue_number',
        [coupon.id],
      );
    }

    it.each<[DeathPoint, 'the same' | 'another', number]>([
      ['AFTER_READ', 'the same', 0],
      ['AFTER_READ', 'another', 0],
      ['BEFORE_COMMIT', 'the same', 0],
      ['BEFORE_COMMIT', 'another', 0],
      ['AFTER_COMMIT', 'the same', TOTAL],
      ['AFTER_COMMIT', 'another', TOTAL],
    ])('%s, and %s consumer goes on', async (point, successor, rowsLeftBehind) => {
      const coupon = await anOpenCoupon();
      const replies = await Promise.all(
        CLAIMANTS.map((user) => gate.claim({ couponId: coupon.id, shard: coupon.shard }, user, false)),
      );
      const winners = CLAIMANTS.filter((_user, i) => replies[i]!.outcome === 'HELD');
      expect(winners).toHaveLength(TOTAL);

      const dying = startDying(point, 'the-dead-one');
      const [status, signal] = await once(dying, 'exit');
      expect([status, signal]).toEqual([null, 'SIGKILL']);
      expect(await rowsOf(coupon)).toHaveLength(rowsLeftBehind);
      // Neither acknowledged nor delivered to anybody else.
      const [backlog] = await new RedisQueueObserver(redis.redis, redis.keys, 1).backlogs();
      expect(backlog).toMatchObject({ unread: 0, claims: TOTAL });
      const left = await (await queueOf('the-dead-one')).readOwnPending(coupon.shard, '0', 500);
      expect(left!.entries.flatMap(({ claims }) => claims)).toHaveLength(TOTAL);

      if (successor === 'the same') await drainAs('the-dead-one', NEVER_MS, coupon);
      else await drainAs('somebody-else', 1, coupon);

      const rows = await rowsOf(coupon);
      expect(rows.map((row) => row.issue_number)).toEqual(Array.from({ length: TOTAL }, (_, i) => i + 1));
      expect(new Set(rows.map((row) => row.user_id))).toEqual(new Set(winners));
      expect(new Set(rows.map((row) => row.ticket)).size).toBe(TOTAL);
      expect(rows.every((row) => row.status === 'ISSUED')).toBe(true);
      expect(await coupons.find(coupon.id)).toMatchObject({ issuedQuantity: TOTAL, returned: 0 });
    });
  },
);
