import type { Target } from './load/http-connection.js';

/** Where the system under load is. */
export interface BenchEnvironment {
  apiUrl: URL;
  mysqlUrl: string;
  gateRedisUrl: string;
  cacheRedisUrl: string;
  redisNamespace: string;
  /** null: nobody said which process drains the queue, so that it cannot be paused. */
  consumer: { pid: number; url: URL } | null;
}

/** Throws one error that names everything that is missing. */
export function readEnvironment(env: NodeJS.ProcessEnv): BenchEnvironment {
  const { COUPON_API_URL, MYSQL_URL, REDIS_URL, CACHE_REDIS_URL, REDIS_NAMESPACE } = env;
  const { COUPON_CONSUMER_PID, COUPON_CONSUMER_URL } = env;
  const required = { COUPON_API_URL, MYSQL_URL, REDIS_URL, CACHE_REDIS_URL };
  const missing = Object.entries(required).flatMap(([name, value]) => (value ? [] : [name]));
  if (!COUPON_API_URL || !MYSQL_URL || !REDIS_URL || !CACHE_REDIS_URL) {
    throw new Error(
      `${missing.join(', ')} must be set in the environment; \`pnpm demo\` starts the system and sets them.`,
    );
  }
  const apiUrl = new URL(COUPON_API_URL);
  if (apiUrl.protocol !== 'http:')
    throw new Error('COUPON_API_URL must begin with http://: the generator speaks no TLS.');
  return {
    apiUrl,
    mysqlUrl: MYSQL_URL,
    gateRedisUrl: REDIS_URL,
    cacheRedisUrl: CACHE_REDIS_URL,
    redisNamespace: REDIS_NAMESPACE || 'fcfs',
    consumer:
      COUPON_CONSUMER_PID && COUPON_CONSUMER_URL
        ? { pid: Number(COUPON_CONSUMER_PID), url: new URL(COUPON_CONSUMER_URL) }
        : null,
  };
}

export function targetOf(url: URL): Target {
  // An IPv6 host stands in brackets in a URL and without them in front of a socket.
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80) };
}
