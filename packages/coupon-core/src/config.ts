import { hostname } from 'node:os';
import { z } from 'zod';
import type { BreakerLimits } from './adapters/circuit-breaker.js';
import type { Pace } from './issuance/issuance-queue.js';
import { V1_LIMITS } from './issuance/issue-coupon.js';
import type { TracingConfig } from './tracing/start-tracing.js';

const url = (protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });

/** Shorter leases would end on the way to their extension. */
const LOCK_LEASE_MS_MIN = 100;

const BROKER = /^[^\s:,]+:\d{1,5}$/;
/** Redis keeps events in memory, beside the gate, so a short time; Kafka on disk. */
const EVENTS_RETENTION_H = { redis: 1, kafka: 720 };

const NAMESPACE = /^[a-z0-9-]{1,16}$/;

/** What every process of the coupon half reads; names and defaults are documented in the README. */
export const coreEnvironment = z.object({
  MYSQL_URL: url(['mysql:']),
  MYSQL_POOL_MAX: z.coerce.number().int().min(1).max(1_000).default(10),
  REDIS_URL: url(['redis:', 'rediss:']),
  CACHE_REDIS_URL: url(['redis:', 'rediss:']).optional(),
  REDIS_NAMESPACE: z.string().regex(NAMESPACE).default('fcfs'),
  GATE_SHARDS: z.coerce.number().int().min(1).max(64).default(1),
  GATE_DURABILITY: z.enum(['local', 'replicated']).default('local'),
  NODE_ENV: z.string().optional(),
  CONSUMER_NAME: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,100}$/)
    .optional(),
  CONSUMER_CLAIMS_MAX: z.coerce.number().int().min(200).max(5_000).default(1_000),
  RECLAIM_IDLE_MS: z.coerce.number().int().min(10).default(15_000),
  LOCK_WAIT_MS: z.coerce
    .number()
    .int()
    .min(0)
    .lt(V1_LIMITS.deadlineMs, {
      error: `has to be below ${V1_LIMITS.deadlineMs}, when a request is answered in any case`,
    })
    .default(3_000),
  LOCK_LEASE_MS: z.coerce.number().int().min(LOCK_LEASE_MS_MIN).max(60_000).default(5_000),
  QUEUE_DRIVER: z.enum(['redis-stream', 'redis-zset', 'kafka']).default('redis-stream'),
  LINE_PACE_USERS: z.coerce.number().int().min(1).max(1_000_000).optional(),
  LINE_PACE_MS: z.coerce.number().int().min(1).max(3_600_000).default(2_000),
  QUEUE_ENTRIES_MAX: z.coerce.number().int().min(1).default(100_000),
  /** Comma-separated; where they are named, events go to Kafka. */
  KAFKA_BROKERS: z
    .string()
    .transform((text) => text.split(',').map((broker) => broker.trim()))
    .refine((brokers) => brokers.every((broker) => BROKER.test(broker)), {
      error: 'must be host:port, or several separated by commas',
    })
    .optional(),
  /** By default where Kafka is named. */
  COUPON_EVENTS: z.enum(['true', 'false']).optional(),
  EVENTS_PARTITIONS: z.coerce.number().int().min(1).max(1_000).default(4),
  EVENTS_RETENTION_H: z.coerce.number().int().min(1).max(87_600).optional(),
  BREAKER_WINDOW: z.coerce.number().int().min(1).max(1_000).default(10),
  BREAKER_FAILURE_RATE: z.coerce.number().int().min(1).max(100).default(50),
  BREAKER_OPEN_MS: z.coerce.number().int().min(10).max(600_000).default(30_000),
  BREAKER_PROBES: z.coerce.number().int().min(1).max(100).default(5),
  DEAD_LETTERS_KEPT_D: z.coerce.number().int().min(1).max(3_650).default(90),
  OUTBOX_KEPT_H: z.coerce.number().int().min(1).max(8_760).default(24),
  /** By the names of OpenTelemetry, whose exporter reads its further settings itself. */
  OTEL_EXPORTER_OTLP_ENDPOINT: url(['http:', 'https:']).optional(),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(0),
  /** Comma-separated; the first signs, all verify. */
  RECEIPT_SECRET: z
    .string()
    .transform((text) => text.split(',').map((secret) => secret.trim()))
    .refine((secrets) => secrets.every((secret) => secret.length >= 16), {
      error: 'each secret has at least 16 characters',
    }),
});

/** What has to hold for settings together. A fault of another setting may have left some of them out. */
export interface SettingsRule<Given> {
  path: string;
  error: string;
  holds: (given: Partial<Given>) => boolean;
}

export const CORE_RULES: readonly SettingsRule<z.infer<typeof coreEnvironment>>[] = [
  {
    path: 'KAFKA_BROKERS',
    error: 'has to be set where QUEUE_DRIVER is kafka',
    holds: ({ QUEUE_DRIVER, KAFKA_BROKERS }) => QUEUE_DRIVER !== 'kafka' || KAFKA_BROKERS !== undefined,
  },
  {
    path: 'LINE_PACE_USERS',
    error: 'has no meaning unless QUEUE_DRIVER is redis-zset',
    holds: ({ QUEUE_DRIVER, LINE_PACE_USERS }) =>
      LINE_PACE_USERS === undefined || QUEUE_DRIVER === 'redis-zset',
  },
];

/** The schema with its rules, whose faults are reported beside those of single settings. */
export function withRules<T extends z.ZodObject>(
  schema: T,
  rules: readonly SettingsRule<z.infer<T>>[],
): z.ZodType<z.infer<T>> {
  return rules.reduce<z.ZodType<z.infer<T>>>(
    (ruled, { path, error, holds }) => ruled.refine(holds, { path: [path], error, when: () => true }),
    schema as unknown as z.ZodType<z.infer<T>>,
  );
}

export type QueueDriver = z.infer<typeof coreEnvironment>['QUEUE_DRIVER'];

export interface CoreConfig {
  mysql: { url: string; poolMax: number };
  redis: { url: string; cacheUrl: string; namespace: string };
  gate: { shards: number; durability: 'local' | 'replicated' };
  /** `pace`: of the waiting line; null: whoever waits is taken at once. */
  queue: { driver: QueueDriver; entriesMax: number; pace: Pace | null };
  /** Of V1's lock, where a coupon has one. */
  lock: { waitMs: number; leaseMs: number };
  /** `told`: whether events are written at all. */
  events: EventsConfig & { told: boolean; outboxKeptHours: number };
  consumer: { name: string; claimsMax: number; reclaimIdleMs: number };
  /** Decided ones. */
  deadLettersKeptDays: number;
  /** Of the servers that people wait for. */
  breaker: BreakerLimits;
  receiptSecrets: readonly [string, ...string[]];
  tracing: TracingConfig;
  production: boolean;
}

export interface EventsConfig {
  /** null: streams of the gate's server. */
  kafkaBrokers: readonly string[] | null;
  partitions: number;
  retentionHours: number;
}

export function eventsConfig(
  env: Pick<z.infer<typeof coreEnvironment>, 'KAFKA_BROKERS' | 'EVENTS_PARTITIONS' | 'EVENTS_RETENTION_H'>,
): EventsConfig {
  const kafkaBrokers = env.KAFKA_BROKERS ?? null;
  const usual = EVENTS_RETENTION_H[kafkaBrokers ? 'kafka' : 'redis'];
  return { kafkaBrokers, partitions: env.EVENTS_PARTITIONS, retentionHours: env.EVENTS_RETENTION_H ?? usual };
}

export function coreConfig(env: z.infer<typeof coreEnvironment>): CoreConfig {
  return {
    mysql: { url: env.MYSQL_URL, poolMax: env.MYSQL_POOL_MAX },
    redis: {
      url: env.REDIS_URL,
      cacheUrl: env.CACHE_REDIS_URL ?? env.REDIS_URL,
      namespace: env.REDIS_NAMESPACE,
    },
    gate: {
      shards: env.GATE_SHARDS,
      durability: env.GATE_DURABILITY,
    },
    queue: {
      driver: env.QUEUE_DRIVER,
      entriesMax: env.QUEUE_ENTRIES_MAX,
      pace: env.LINE_PACE_USERS === undefined ? null : { claims: env.LINE_PACE_USERS, ms: env.LINE_PACE_MS },
    },
    lock: { waitMs: env.LOCK_WAIT_MS, leaseMs: env.LOCK_LEASE_MS },
    consumer: {
      name: env.CONSUMER_NAME ?? hostname(),
      claimsMax: env.CONSUMER_CLAIMS_MAX,
      reclaimIdleMs: env.RECLAIM_IDLE_MS,
    },
    events: {
      ...eventsConfig(env),
      told: env.COUPON_EVENTS === undefined ? env.KAFKA_BROKERS !== undefined : env.COUPON_EVENTS === 'true',
      outboxKeptHours: env.OUTBOX_KEPT_H,
    },
    deadLettersKeptDays: env.DEAD_LETTERS_KEPT_D,
    breaker: {
      window: env.BREAKER_WINDOW,
      failureRate: env.BREAKER_FAILURE_RATE / 100,
      openMs: env.BREAKER_OPEN_MS,
      probes: env.BREAKER_PROBES,
    },
    production: env.NODE_ENV === 'production',
    receiptSecrets: env.RECEIPT_SECRET as [string, ...string[]],
    tracing: {
      endpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT ?? null,
      ownShare: env.OTEL_TRACES_SAMPLER_ARG,
    },
  };
}

/** How zod says of a setting that it is missing. */
const NOT_GIVEN = /^Invalid input: expected .*, received undefined$/;

const NODE_MAJOR_MIN = 24;

const nodeFaults = (version: string): string[] =>
  Number.parseInt(version, 10) >= NODE_MAJOR_MIN
    ? []
    : [`Node.js: has to be version ${NODE_MAJOR_MIN} or newer, and is ${version}`];

/**
 * Reads the environment through a schema; throws one error that names everything that is wrong with it. Set to nothing
 * is not set: container files can only pass variables on.
 */
export function parseEnvironment<T extends z.ZodType>(
  schema: T,
  env: NodeJS.ProcessEnv,
  nodeVersion = process.versions.node,
): z.infer<T> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  const settings = (result.error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message.replace(NOT_GIVEN, 'is not set')}`,
  );
  const faults = [...nodeFaults(nodeVersion), ...settings];
  if (result.success && faults.length === 0) return result.data;
  throw new Error(['The configuration is not usable:', ...faults.map((fault) => `  ${fault}`)].join('\n'));
}
