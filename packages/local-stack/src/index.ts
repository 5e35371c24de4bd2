/**
 * Private servers and application processes for tests of other packages. Everything started here ends with the
 * process that started it, also when that is killed.
 */
import type { AppName } from './apps/app-definition.js';
import { type LocalApp, startApp as startAppAmong } from './apps/start-app.js';
import type { JavaProgram } from './kafka/java-broker.js';
import { KafkaCluster } from './kafka/kafka-cluster.js';
import { ProcessGroup } from './processes/process-group.js';
import type { LocalServer } from './servers/local-server.js';
import { type MysqlOptions, startMysql as startMysqlIn } from './servers/start-mysql.js';
import { type RedisOptions, startRedis as startRedisIn } from './servers/start-redis.js';

export type { AppName } from './apps/app-definition.js';
export { makeTopics } from './apps/make-topics.js';
export { migrate } from './apps/migrate.js';
export type { LocalApp } from './apps/start-app.js';
export type { JavaProgram } from './kafka/java-broker.js';
export type { KafkaCluster } from './kafka/kafka-cluster.js';
export { kafkaBrokers, kafkaProgram } from './kafka/kafka-on-demand.js';
export { freePort } from './processes/free-port.js';
export type { ProcessExit } from './processes/managed-process.js';
export { withTemporaryFolder } from './processes/temporary-folder.js';
export type { LocalServer } from './servers/local-server.js';
export type { MysqlOptions } from './servers/start-mysql.js';
export type { RedisOptions, RedisRole } from './servers/start-redis.js';

/**
 * A private MySQL or MariaDB with the settings of `start` and an empty database `fcfs`; the account is `root`
 * without password, from 127.0.0.1 only. A data folder of an earlier server is used as it is.
 * @throws when no server can be had, with the choices; with the last lines of its log when it does not start
 */
export function startMysql(options: MysqlOptions): Promise<LocalServer> {
  return startMysqlIn(options, new ProcessGroup());
}

/**
 * A private Redis or Valkey with the settings of its role: `gate` (append-only, every write synced, nothing
 * evicted) or `cache` (256 MB, least recently used first out, nothing kept).
 * @throws when no server can be had, with the choices; with the last lines of its log when it does not start
 */
export function startRedis(options: RedisOptions): Promise<LocalServer> {
  return startRedisIn(options, new ProcessGroup());
}

/**
 * Kafka brokers in one cluster, without topics.
 * @param program that of `kafkaProgram`
 * @param brokers three: the fewest of which one may be lost and a majority is left, of controllers and of copies
 * @throws with the last lines of its log when a broker does not start
 */
export function startKafkaCluster(program: JavaProgram, brokers = 3): Promise<KafkaCluster> {
  return KafkaCluster.start(program, brokers, new ProcessGroup());
}

/**
 * Starts an application on a free port and waits until it is ready. It gets this process's environment, the
 * given one above that, `AUTH_MODE=dev` and random secrets where neither names them.
 * @throws with the last lines of its log when it ends before it is ready
 */
export function startApp(name: AppName, env: Record<string, string>): Promise<LocalApp> {
  return startAppAmong(name, env);
}
