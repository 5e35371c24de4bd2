import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import type { CoreConfig } from '../config.js';
import type { CoreHealth } from '../coupon-core.js';
import type { ServersInUse } from '../metrics/core-gauges.js';
import { assertSchemaIsCurrent, connect, createDataSource, poolUse } from './mysql/database.js';
import { warnUnlessDurable } from './mysql/warn-unless-durable.js';
import { assertDurability } from './redis/assert-durability.js';
import { connectRedis, createRedis, DISPENSABLE, LISTENING } from './redis/connection.js';
import { warnUnlessForgetful } from './redis/warn-unless-forgetful.js';

/** The connections of one process: opened at boot, closed last. */
export class Connections implements ServersInUse {
  private constructor(
    readonly dataSource: DataSource,
    readonly gate: Redis,
    readonly cache: Redis,
    /** Connected by whoever listens. */
    readonly cacheListening: Redis,
  ) {}

  /** Throws where the database does not answer or has an older schema; gate and cache may come up later. */
  static async open(config: CoreConfig): Promise<Connections> {
    const dataSource = await connect(createDataSource(config.mysql.url, config.mysql.poolMax)).catch(
      (cause) => {
        throw new Error(`The database of MYSQL_URL cannot be used: ${cause.message}`, { cause });
      },
    );
    await assertSchemaIsCurrent(dataSource);
    if (config.production) await warnUnlessDurable(dataSource);
    const gate = createRedis(config.redis.url, 'gate');
    const isJudged = config.production && config.gate.durability === 'local';
    if (isJudged) refuseUnlessDurable(gate);
    const cache = createRedis(config.redis.cacheUrl, 'cache', DISPENSABLE);
    await Promise.all([connectRedis(gate), connectRedis(cache)]);
    if (isJudged && gate.status === 'ready') await assertDurability(gate);
    if (config.production && cache.status === 'ready') await warnUnlessForgetful(cache);
    return new Connections(
      dataSource,
      gate,
      cache,
      createRedis(config.redis.cacheUrl, 'cache-listening', LISTENING),
    );
  }

  async health(): Promise<CoreHealth & { cache: 'up' | 'down' }> {
    const [database, gate, cache] = await Promise.all([
      answers(this.dataSource.query('SELECT 1')),
      answers(this.gate.ping()),
      answers(this.cache.ping()),
    ]);
    const state = (isUp: boolean) => (isUp ? 'up' : 'down');
    return { database: state(database), gate: state(gate), cache: state(cache) };
  }

  poolUse(): { busy: number; idle: number; waiting: number } {
    return poolUse(this.dataSource);
  }

  async clockSkewMs(): Promise<{ mysql: number; redis: number }> {
    const [mysql, redis] = await Promise.all([
      aheadMs(async () => {
        const [row] = await this.dataSource.query('SELECT UNIX_TIMESTAMP(NOW(3)) AS now');
        return Number(row.now) * 1_000;
      }),
      aheadMs(async () => {
        const [seconds, micros] = await this.gate.time();
        return Number(seconds) * 1_000 + Number(micros) / 1_000;
      }),
    ]);
    return { mysql, redis };
  }

  async close(): Promise<void> {
    this.gate.disconnect();
    this.cache.disconnect();
    this.cacheListening.disconnect();
    await this.dataSource.destroy();
  }
}

/** A server that was down at boot is judged when it comes up, and one that is replaced as well. */
function refuseUnlessDurable(gate: Redis): void {
  gate.on('ready', () => {
    assertDurability(gate).catch((cause: Error) => {
      new Logger(Connections.name).error(`${cause.message} It is not used.`);
      gate.disconnect();
    });
  });
}

/** How far another clock is ahead; it was read in the middle of the call, as far as anybody can tell. */
async function aheadMs(readClock: () => Promise<number>): Promise<number> {
  const askedAt = Date.now();
  const there = await readClock();
  return there - (askedAt + Date.now()) / 2;
}

const HEALTH_TIMEOUT_MS = 2_000;

async function answers(call: Promise<unknown>): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => {
    setTimeout(() => resolve(false), HEALTH_TIMEOUT_MS).unref();
  });
  return Promise.race([
    call.then(
      () => true,
      () => false,
    ),
    late,
  ]);
}
