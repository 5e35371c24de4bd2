import { Logger } from '@nestjs/common';
import { Redis, type RedisOptions } from 'ioredis';

export type { Redis };

const COMMAND_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 2_000;
const RECONNECT_MS_MAX = 500;
/**
 * A connection that owes an answer for so long is given up, even if nobody has closed it: that of a host that
 * vanished would stay open, and every command on it would time out. Longer than any command and any blocking read.
 */
const SILENCE_MS_MAX = 4_000;

/** For a connection whose reads block: each waits as long as it says, and a little longer for the answer. */
export const BLOCKING: Partial<RedisOptions> = {
  commandTimeout: undefined,
  blockingTimeout: 5_000,
  blockingTimeoutGrace: 2_000,
};

/**
 * For the cache, which is not waited for. A command whose reply was lost is not sent again: it would say later what
 * was true before.
 */
export const DISPENSABLE: Partial<RedisOptions> = {
  commandTimeout: 250,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
};

/** For a connection that is told things; whoever listens subscribes anew, because messages may have been missed. */
export const LISTENING: Partial<RedisOptions> = { autoResubscribe: false };

/** A connection that fails fast: what cannot be sent now is answered now, and it keeps reconnecting by itself. */
export function createRedis(url: string, name: string, overrides: Partial<RedisOptions> = {}): Redis {
  const log = new Logger(`Redis ${name}`);
  const redis = new Redis(url, {
    lazyConnect: true,
    connectionName: name,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_MS_MAX,
    retryStrategy: (times) => Math.min(times * 50, RECONNECT_MS_MAX),
    ...overrides,
  });
  let down = false;
  redis.on('error', (cause) => {
    if (!down) log.warn(`not reachable: ${cause.message}`);
    down = true;
  });
  redis.on('ready', () => {
    if (down) log.log('reachable again');
    down = false;
  });
  return redis;
}

/** Tries once; a server that is down now is reconnected to in the background. */
export async function connectRedis(redis: Redis): Promise<Redis> {
  await redis.connect().catch(() => undefined);
  return redis;
}
