import { connect, createDataSource, poolOf } from '../../adapters/mysql/database.js';
import { MysqlIssueStore } from '../../adapters/mysql/issue-store.mysql.js';
import { connectRedis, createRedis } from '../../adapters/redis/connection.js';
import { RedisGate } from '../../adapters/redis/gate.redis.js';
import { Keys, queueLayoutOf } from '../../adapters/redis/keys.js';
import { redisQueue } from '../../adapters/redis/redis-queue.js';
import { coreConfig, coreEnvironment, parseEnvironment } from '../../config.js';
import { DrainQueue } from '../../issuance/drain-queue.js';
import type { IssuanceQueue } from '../../issuance/issuance-queue.js';
import { PersistBatch } from '../../issuance/persist-batch.js';
import { DyingUnitOfWork, die } from './dying-unit-of-work.js';

/** Where the consumer is killed: the real code runs up to there, and nothing after it. */
export type DeathPoint = 'AFTER_READ' | 'BEFORE_COMMIT' | 'AFTER_COMMIT';

/** As it is, but for the end of a reading. */
function dyingQueue(queue: IssuanceQueue, point: DeathPoint): IssuanceQueue {
  const readNew = queue.readNew.bind(queue);
  queue.readNew = async (...args) => {
    const batch = await readNew(...args);
    if (batch && point === 'AFTER_READ') die();
    return batch;
  };
  return queue;
}

/** A consumer process of its own, so that its death is a real one; the environment is that of any process. */
const point = process.argv[2] as DeathPoint;
const config = coreConfig(parseEnvironment(coreEnvironment, process.env));
const dataSource = await connect(createDataSource(config.mysql.url, 2));
const redis = await connectRedis(createRedis(config.redis.url, 'dying-consumer'));
const waiting = await connectRedis(
  createRedis(config.redis.url, 'dying-consumer-wait', { commandTimeout: undefined }),
);
const keys = new Keys(config.redis.namespace, queueLayoutOf(config.queue.driver));
const queue = dyingQueue(redisQueue(redis, waiting, keys, config.consumer.name), point);
const store = new MysqlIssueStore(new DyingUnitOfWork(poolOf(dataSource), point));
const gate = new RedisGate(redis, keys, config.queue.entriesMax);
new DrainQueue(queue, new PersistBatch(store, queue, gate), gate, config.consumer).start();
