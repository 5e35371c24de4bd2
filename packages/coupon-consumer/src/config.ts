import { type CoreConfig, coreConfig, coreEnvironment, parseEnvironment } from 'coupon-core';
import { z } from 'zod';

export const PORT_SETTING = 'COUPON_CONSUMER_PORT';

/** Every setting of this process. All faults are reported together, by name. */
export const consumerEnvironment = coreEnvironment.extend({
  /** For health and metrics only. */
  COUPON_CONSUMER_PORT: z.coerce.number().int().min(1).max(65_535).default(9091),
  HOST: z.string().min(1).default('127.0.0.1'),
  /** How many coupons have metrics of their own, the newest that were published. */
  METRICS_COUPONS: z.coerce.number().int().min(0).max(50).default(5),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

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
  const settings = parseEnvironment(consumerEnvironment, env);
  return Object.freeze({
    host: settings.HOST,
    port: settings.COUPON_CONSUMER_PORT,
    logLevel: settings.LOG_LEVEL,
    secrets: Object.freeze([...settings.RECEIPT_SECRET]),
    metricsCoupons: settings.METRICS_COUPONS,
    core: Object.freeze(coreConfig(settings)),
  });
}
