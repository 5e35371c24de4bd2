import type { Target } from './load/http-connection.js';
import type { TokenIssuer } from './load/token-credentials.js';

export interface ConsumerAddress {
  url: URL;
  pid: number;
}

/** Where the system under load is, and how it tells who is calling. */
export interface BenchEnvironment {
  /** At least one. */
  apiUrls: URL[];
  /** Empty: nobody said which processes drain the queue, so that they cannot be paused. */
  consumers: ConsumerAddress[];
  mysqlUrl: string;
  gateRedisUrl: string;
  cacheRedisUrl: string;
  redisNamespace: string;
  /** null: `AUTH_MODE=dev`, callers name themselves. */
  tokens: TokenIssuer | null;
  /** Of the processes whose memory can be read; empty or null where nobody said. */
  apiPids: number[];
  mysqlPid: number | null;
  gateRedisPid: number | null;
  queueDriver: string;
  /** A second system on the same servers, with the default queue; null: nobody started one. */
  beside: BenchEnvironment | null;
}

const BESIDE = 'BESIDE_';

/** Throws one error that names everything that is missing. */
export function readEnvironment(env: NodeJS.ProcessEnv): BenchEnvironment {
  const { COUPON_API_URLS, MYSQL_URL, REDIS_URL, CACHE_REDIS_URL } = env;
  const { JWT_SECRET, JWT_ISSUER, JWT_AUDIENCE } = env;
  const byToken = authModeOf(env.AUTH_MODE) === 'jwt';
  const required = {
    ...{ COUPON_API_URLS, MYSQL_URL, REDIS_URL, CACHE_REDIS_URL },
    ...(byToken ? { JWT_SECRET, JWT_ISSUER, JWT_AUDIENCE } : {}),
  };
  const missing = Object.entries(required).flatMap(([name, value]) => (value ? [] : [name]));
  if (missing.length > 0) {
    throw new Error(
      `${missing.join(', ')} must be set in the environment; \`pnpm demo\` and \`pnpm bench\` start the system and set them.`,
    );
  }
  const apiUrls = listOf(COUPON_API_URLS).map((url) => new URL(url));
  if (apiUrls.some(({ protocol }) => protocol !== 'http:'))
    throw new Error('COUPON_API_URLS must begin with http://: the generator speaks no TLS.');
  return {
    apiUrls,
    consumers: consumersOf(env),
    mysqlUrl: MYSQL_URL!,
    gateRedisUrl: REDIS_URL!,
    cacheRedisUrl: CACHE_REDIS_URL!,
    redisNamespace: env.REDIS_NAMESPACE || 'fcfs',
    tokens: byToken ? { secret: JWT_SECRET!, issuer: JWT_ISSUER!, audience: JWT_AUDIENCE! } : null,
    apiPids: listOf(env.COUPON_API_PIDS).map(Number),
    mysqlPid: Number(env.MYSQL_PID) || null,
    gateRedisPid: Number(env.GATE_REDIS_PID) || null,
    queueDriver: env.QUEUE_DRIVER || 'redis-stream',
    beside: env.BESIDE_COUPON_API_URLS ? readEnvironment(environmentBeside(env)) : null,
  };
}

/** What is said of the second system, in place of the first. */
function environmentBeside(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const said = Object.entries(env).filter(([name]) => name.startsWith(BESIDE));
  const own = said.map(([name, value]) => [name.slice(BESIDE.length), value]);
  return { ...env, ...Object.fromEntries(own), BESIDE_COUPON_API_URLS: '' };
}

function authModeOf(mode: string | undefined): 'dev' | 'jwt' {
  if (!mode || mode === 'dev') return 'dev';
  if (mode === 'jwt') return 'jwt';
  throw new Error(`AUTH_MODE is dev or jwt, not "${mode}".`);
}

function consumersOf({ COUPON_CONSUMER_URLS, COUPON_CONSUMER_PIDS }: NodeJS.ProcessEnv): ConsumerAddress[] {
  const urls = listOf(COUPON_CONSUMER_URLS);
  const pids = listOf(COUPON_CONSUMER_PIDS);
  if (urls.length !== pids.length)
    throw new Error('COUPON_CONSUMER_URLS and COUPON_CONSUMER_PIDS must name the same consumers in order.');
  return urls.map((url, index) => ({ url: new URL(url), pid: Number(pids[index]) }));
}

/** Separated by commas. */
const listOf = (text: string | undefined): string[] => (text ? text.split(',') : []);

export function originOf({ host, port }: Target): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

export function targetOf(url: URL): Target {
  // An IPv6 host stands in brackets in a URL and without them in front of a socket.
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80) };
}
