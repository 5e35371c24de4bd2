import { join } from 'node:path';
import type { ProcessGroup } from '../processes/process-group.js';
import { waitUntilReady } from '../processes/wait-until-ready.js';
import type { LocalServer } from './local-server.js';
import { probeMysql, probeRedis } from './probes.js';
import { rememberedPort } from './remembered-port.js';
import { startMysql } from './start-mysql.js';
import { type RedisRole, startRedis } from './start-redis.js';

export interface ServerAddresses {
  mysqlUrl: string;
  /** Gate and queue. */
  redisUrl: string;
  cacheUrl: string;
}

/** Where private servers keep their data, logs and ports. */
export interface ServerPlace {
  folder: string;
  logs: string;
}

const GIVEN_WAIT_MS_MAX = 60_000;

/**
 * The three servers: those that the environment names are used as they are, the others are started as processes
 * of the group.
 * @throws when a given one does not answer, and when a private one cannot be had or does not start
 */
export async function provideServers(
  place: ServerPlace,
  env: NodeJS.ProcessEnv,
  group: ProcessGroup,
  say: (line: string) => void,
): Promise<ServerAddresses> {
  const options = async (name: string) => ({
    dataDir: join(place.folder, name),
    logFile: join(place.logs, `${name}.log`),
    port: await rememberedPort(join(place.folder, 'ports.json'), name),
  });
  const redis = async (role: RedisRole) => startRedis({ ...(await options(`redis-${role}`)), role }, group);

  const mysqlUrl = await given('MYSQL_URL', env.MYSQL_URL, probeMysql, say);
  const redisUrl = await given('REDIS_URL', env.REDIS_URL, probeRedis, say);
  // One server may play both roles in development; it is what the applications assume as well.
  const cacheUrl = await given('CACHE_REDIS_URL', env.CACHE_REDIS_URL || env.REDIS_URL, probeRedis, say);
  return {
    mysqlUrl: mysqlUrl ?? (await started('MySQL', startMysql(await options('mysql'), group), say)),
    redisUrl: redisUrl ?? (await started('Redis (gate and queue)', redis('gate'), say)),
    cacheUrl: cacheUrl ?? (await started('Redis (cache)', redis('cache'), say)),
  };
}

/** The environment with the addresses in it, for whoever uses the servers. */
export function withAddresses(env: NodeJS.ProcessEnv, addresses: ServerAddresses): NodeJS.ProcessEnv {
  const { mysqlUrl, redisUrl, cacheUrl } = addresses;
  return { ...env, MYSQL_URL: mysqlUrl, REDIS_URL: redisUrl, CACHE_REDIS_URL: cacheUrl };
}

async function started(title: string, server: Promise<LocalServer>, say: (line: string) => void) {
  const { url, pid } = await server;
  say(`${title}: ${url} (pid ${pid})`);
  return url;
}

/**
 * A server that the environment names, which is used as it is; undefined: it names none.
 * @throws where it does not answer within a minute
 */
export async function given(
  setting: string,
  url: string | undefined,
  probe: (url: string) => Promise<void>,
  say: (line: string) => void,
): Promise<string | undefined> {
  if (!url) return undefined;
  const name = `${setting} (${withoutPassword(url)})`;
  await waitUntilReady({ name, waitMsMax: GIVEN_WAIT_MS_MAX, probe: () => probe(url) });
  say(`${setting}: ${withoutPassword(url)} (given; used as it is)`);
  return url;
}

function withoutPassword(url: string): string {
  return url.replace(/:[^:@/]*@/, ':***@');
}
