import { RedisGate } from '../adapters/redis/gate.redis.js';
import type { QueueLayout } from '../adapters/redis/keys.js';
import { RedisQueueObserver } from '../adapters/redis/queue-observer.redis.js';
import { redisQueue } from '../adapters/redis/redis-queue.js';
import type { CouponId } from '../coupon/ids.js';
import type { IssuanceQueue, Pace, QueueBatch } from '../issuance/issuance-queue.js';
import { user } from './a-coupon.js';
import { FreshRedis } from './fresh-redis.js';

export const SHARD = 0;
export const CLAIMS_MAX = 500;

/** The queue of a shard behind a gate, and two consumers of it. */
export class AQueue {
  private constructor(
    readonly fresh: FreshRedis,
    readonly gate: RedisGate,
    readonly one: IssuanceQueue,
    readonly other: IssuanceQueue,
    readonly observer: RedisQueueObserver,
  ) {}

  static async create(layout: QueueLayout, pace: Pace | null = null): Promise<AQueue> {
    const fresh = await FreshRedis.withQueue(layout);
    const { redis, keys } = fresh;
    const waiting = await fresh.connect('blocking');
    return new AQueue(
      fresh,
      new RedisGate(redis, keys, 10_000, undefined, undefined, pace),
      redisQueue(redis, waiting, keys, 'one', pace),
      redisQueue(await fresh.connect(), waiting, keys, 'other', pace),
      new RedisQueueObserver(redis, keys, 1),
    );
  }

  /** The people of each list come in one call, one call after the other. */
  async admit(couponId: CouponId, ...calls: string[][]): Promise<void> {
    for (const names of calls) {
      await Promise.all(names.map((name) => this.gate.claim({ couponId, shard: SHARD }, user(name), false)));
    }
  }

  acknowledge(batch: QueueBatch | null, as = this.one): Promise<void> {
    const entries = batch?.entries ?? [];
    return as.acknowledge(
      SHARD,
      entries.map(({ id, couponId, claims }) => ({ id, couponId, claims: claims.length })),
    );
  }
}

/** In the order of the batch, whatever entries they came in. */
export const peopleOf = (batch: QueueBatch | null): string[] | undefined =>
  batch?.entries.flatMap(({ claims }) => claims.map(({ userId }) => userId as string));
