import type { Redis } from 'ioredis';
import type { IssuanceQueue, Pace } from '../../issuance/issuance-queue.js';
import { RedisIssuanceQueue } from './issuance-queue.redis.js';
import type { Keys } from './keys.js';
import { RedisWaitingLine } from './waiting-line.redis.js';

/** The queue of this layout, read by one consumer. `waiting` is a connection of its own, because it blocks. */
export function redisQueue(
  redis: Redis,
  waiting: Redis,
  keys: Keys,
  consumer: string,
  pace: Pace | null = null,
): IssuanceQueue {
  return keys.queueLayout === 'line'
    ? new RedisWaitingLine(redis, waiting, keys, consumer, pace)
    : new RedisIssuanceQueue(redis, waiting, keys, consumer);
}
