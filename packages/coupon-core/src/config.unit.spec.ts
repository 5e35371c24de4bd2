import { hostname } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { CORE_RULES, coreConfig, coreEnvironment, parseEnvironment, withRules } from './config.js';

const given = {
  MYSQL_URL: 'mysql://root@127.0.0.1/fcfs',
  REDIS_URL: 'redis://127.0.0.1:6379',
  RECEIPT_SECRET: 'a secret of some length',
};
const schema = withRules(coreEnvironment, CORE_RULES);
const parse = (env: NodeJS.ProcessEnv) => coreConfig(parseEnvironment(schema, env));

describe('the configuration of the core', () => {
  it('has defaults for everything but addresses and secrets', () => {
    expect(parse(given)).toEqual({
      mysql: { url: given.MYSQL_URL, poolMax: 10 },
      redis: { url: given.REDIS_URL, cacheUrl: given.REDIS_URL, namespace: 'fcfs' },
      gate: { shards: 1, durability: 'local' },
      deadLettersKeptDays: 90,
      breaker: { window: 10, failureRate: 0.5, openMs: 30_000, probes: 5 },
      queue: { driver: 'redis-stream', entriesMax: 100_000, pace: null },
      lock: { waitMs: 3_000, leaseMs: 5_000 },
      consumer: { name: hostname(), claimsMax: 1_000, reclaimIdleMs: 15_000 },
      events: { told: false, kafkaBrokers: null, partitions: 4, retentionHours: 1, outboxKeptHours: 24 },
      production: false,
      receiptSecrets: [given.RECEIPT_SECRET],
      tracing: { endpoint: null, ownShare: 0 },
    });
  });

  it('takes what is set to nothing as not set', () => {
    const nothing = {
      KAFKA_BROKERS: '',
      CACHE_REDIS_URL: '',
      LOCK_WAIT_MS: '',
      OTEL_EXPORTER_OTLP_ENDPOINT: '',
    };
    expect(parse({ ...given, ...nothing })).toEqual(parse(given));
    expect(() => parse({ ...given, REDIS_URL: '' })).toThrow(/REDIS_URL: /);
  });

  it('reads numbers, several secrets, and a cache of its own', () => {
    const config = parse({
      ...given,
      MYSQL_POOL_MAX: '25',
      GATE_SHARDS: '4',
      LOCK_WAIT_MS: '0',
      LOCK_LEASE_MS: '100',
      CACHE_REDIS_URL: 'rediss://cache:6380',
      RECEIPT_SECRET: 'the first of two secrets, the second of two secrets',
      NODE_ENV: 'production',
    });
    expect(config).toMatchObject({
      mysql: { poolMax: 25 },
      gate: { shards: 4 },
      lock: { waitMs: 0, leaseMs: 100 },
      redis: { cacheUrl: 'rediss://cache:6380' },
      receiptSecrets: ['the first of two secrets', 'the second of two secrets'],
      production: true,
    });
  });

  it('publishes to Kafka where brokers are named, which keeps events longer', () => {
    const { events } = parse({ ...given, KAFKA_BROKERS: 'one:9092, two:9092' });
    expect(events).toMatchObject({ told: true, kafkaBrokers: ['one:9092', 'two:9092'], retentionHours: 720 });
    expect(parse({ ...given, COUPON_EVENTS: 'true' }).events.told).toBe(true);
    expect(() => parse({ ...given, KAFKA_BROKERS: 'kafka://one' })).toThrow(
      /KAFKA_BROKERS: must be host:port/,
    );
  });

  it('wants brokers for the queue in Kafka, and says so beside other faults', () => {
    const parsing = () => parse({ ...given, QUEUE_DRIVER: 'kafka', GATE_SHARDS: '0' });
    expect(parsing).toThrow(/GATE_SHARDS: /);
    expect(parsing).toThrow(/KAFKA_BROKERS: has to be set where QUEUE_DRIVER is kafka/);
    const named = { ...given, QUEUE_DRIVER: 'kafka', KAFKA_BROKERS: 'one:9092' };
    expect(parse(named).queue.driver).toBe('kafka');
  });

  it('has a pace for the waiting line alone', () => {
    const line = { ...given, QUEUE_DRIVER: 'redis-zset' };
    expect(parse(line).queue).toMatchObject({ driver: 'redis-zset', pace: null });
    expect(parse({ ...line, LINE_PACE_USERS: '100' }).queue.pace).toEqual({ claims: 100, ms: 2_000 });
    expect(() => parse({ ...given, LINE_PACE_USERS: '100' })).toThrow(
      /LINE_PACE_USERS: has no meaning unless QUEUE_DRIVER is redis-zset/,
    );
  });

  it('reports all errors together, each with its name, and no value of a secret', () => {
    const parsing = () =>
      parse({
        MYSQL_URL: 'postgres://x',
        RECEIPT_SECRET: 'short',
        GATE_SHARDS: '0',
        GATE_DURABILITY: 'hope',
      });
    const names = ['MYSQL_URL', 'REDIS_URL', 'RECEIPT_SECRET', 'GATE_SHARDS', 'GATE_DURABILITY'];
    expect(parsing).toThrow(/^The configuration is not usable:\n/);
    for (const name of names) expect(parsing).toThrow(new RegExp(`^ {2}${name}: .+`, 'm'));
    expect(parsing).toThrow(/^ {2}REDIS_URL: is not set$/m);
    expect(parsing).not.toThrow(/short/);
  });

  it('names a Node.js that is too old beside the other faults, and takes newer ones', () => {
    const parsing = (version: string, env = given) => parseEnvironment(schema, env, version);
    expect(() => parsing('22.20.1')).toThrow('Node.js: has to be version 24 or newer, and is 22.20.1');
    expect(() => parsing('20.1.0', { ...given, MYSQL_URL: '' })).toThrow(
      /Node\.js: .*\n {2}MYSQL_URL: is not set/,
    );
    for (const version of ['24.0.0', '25.3.1', '100.0.0'])
      expect(parsing(version).MYSQL_URL).toBe(given.MYSQL_URL);
  });

  it.each([
    ['MYSQL_URL', 'not a url'],
    ['REDIS_URL', 'http://127.0.0.1'],
    ['MYSQL_POOL_MAX', '1.5'],
    ['MYSQL_POOL_MAX', 'ten'],
    ['GATE_SHARDS', '65'],
    ['LOCK_WAIT_MS', '-1'],
    ['LOCK_WAIT_MS', '4500'],
    ['LOCK_LEASE_MS', '0'],
    ['LOCK_LEASE_MS', '99'],
    ['CONSUMER_CLAIMS_MAX', '100'],
    ['REDIS_NAMESPACE', 'With Spaces'],
    ['CONSUMER_NAME', 'a b'],
    ['QUEUE_DRIVER', 'rabbit'],
    ['LINE_PACE_USERS', '0'],
    ['LINE_PACE_MS', '0'],
    ['RECEIPT_SECRET', 'a secret of some length,short'],
    ['RECEIPT_SECRET', 'a secret of some length,'],
  ])('does not take %s = %j', (name, value) => {
    expect(() => parse({ ...given, [name]: value })).toThrow(new RegExp(`${name}: `));
  });
});
