import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';

/** Warns where the cache's server would refuse writes when it is full, or would never be full. */
export async function warnUnlessForgetful(redis: Redis): Promise<void> {
  const log = new Logger('Redis cache');
  try {
    const [, policy] = (await redis.config('GET', 'maxmemory-policy')) as string[];
    const [, maxMemory] = (await redis.config('GET', 'maxmemory')) as string[];
    if (policy === 'noeviction')
      log.warn('maxmemory-policy is noeviction. A cache needs allkeys-lru or the like.');
    if (maxMemory === '0') log.warn('maxmemory is not set, so it grows as far as the machine allows.');
  } catch (cause) {
    log.warn(`its settings cannot be read: ${(cause as Error).message}`);
  }
}
