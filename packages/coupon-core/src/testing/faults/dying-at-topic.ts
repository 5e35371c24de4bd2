import { KafkaBroker, type OutgoingMessage } from 'messaging';
import { connect, createDataSource, poolOf } from '../../adapters/mysql/database.js';
import { MysqlIssueStore } from '../../adapters/mysql/issue-store.mysql.js';
import { connectRedis, createRedis } from '../../adapters/redis/connection.js';
import { RedisGate } from '../../adapters/redis/gate.redis.js';
import { RedisIssuanceQueue } from '../../adapters/redis/issuance-queue.redis.js';
import { Keys } from '../../adapters/redis/keys.js';
import { CORE_RULES, coreConfig, coreEnvironment, parseEnvironment, withRules } from '../../config.js';
import { DrainTopic } from '../../issuance/drain-topic.js';
import { RelayToTopic } from '../../issuance/relay-to-topic.js';
import { DyingUnitOfWork, die } from './dying-unit-of-work.js';

/** Where the process is killed: as a relay that has sent, or as a reader of the topic at its COMMIT. */
export type TopicDeathPoint = 'AFTER_PUBLISH' | 'BEFORE_COMMIT' | 'AFTER_COMMIT';

class DyingBroker extends KafkaBroker {
  override async publish(topic: string, messages: readonly OutgoingMessage[]): Promise<void> {
    await super.publish(topic, messages);
    die();
  }
}

const [point, topic, group] = process.argv.slice(2) as [TopicDeathPoint, string, string];
const config = coreConfig(parseEnvironment(withRules(coreEnvironment, CORE_RULES), process.env));
const options = { brokers: config.events.kafkaBrokers!, clientId: 'dying', onConsumerEnd: () => undefined };
const dataSource = await connect(createDataSource(config.mysql.url, 2));
const redis = await connectRedis(createRedis(config.redis.url, 'dying'));
const keys = new Keys(config.redis.namespace);
const queue = new RedisIssuanceQueue(redis, redis, keys, config.consumer.name);
const store = new MysqlIssueStore(new DyingUnitOfWork(poolOf(dataSource), point));
const to = { topic, group };
if (point === 'AFTER_PUBLISH') {
  const batch = await queue.readNew(0, config.consumer.claimsMax);
  await new RelayToTopic(store, queue, new DyingBroker(options), to).execute(batch!);
} else {
  const gate = new RedisGate(redis, keys, config.queue.entriesMax);
  new DrainTopic(() => new KafkaBroker(options), store, gate, queue, config.consumer.claimsMax, to).start();
}
