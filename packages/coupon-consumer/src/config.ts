import {
  CORE_RULES,
  type CoreConfig,
  coreConfig,
  coreEnvironment,
  parseEnvironment,
  secretsIn,
  withRules,
} from 'coupon-core';
import { z } from 'zod';

export const PORT_SETTING = 'COUPON_CONSUMER_PORT';

const settings = coreEnvironment.extend({
  /** For health and metrics only. */
  COUPON_CONSUMER_PORT: z.coerce.number().int().min(1).max(65_535).default(9091),
  HOST: z.string().min(1).default('127.0.0.1'),
  /** How many coupons have metrics of their own, the newest that were published. */
  METRICS_COUPONS: z.coerce.number().int().min(0).max(50).default(5),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

/** Every setting of this process. All faults are reported together, by name. */
export const consumerEnvironment = withRules(settings, CORE_RULES);

export interface ConsumerConfig {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  /** What must never be in a log. */
  readonly secrets: readonly string[];
  readonly metricsCoupons: number;
  readonly core: CoreConfig;
}

/** Throws one error that names everything that is wrong. */
export function readConfig(env: NodeJS.ProcessEnv): ConsumerConfig {
  const given = parseEnvironment(consumerEnvironment, env);
  return Object.freeze({
    host: given.HOST,
    port: given.COUPON_CONSUMER_PORT,
    logLevel: given.LOG_LEVEL,
    secrets: Object.freeze(secretsIn(env)),
    metricsCoupons: given.METRICS_COUPONS,
    core: Object.freeze(coreConfig(given)),
  });
}
