import { type CoreConfig, coreConfig, coreEnvironment, parseEnvironment } from 'coupon-core';
import { z } from 'zod';

export const PORT_SETTING = 'COUPON_API_PORT';

/** Every setting of this process. All faults are reported together, by name. */
export const apiEnvironment = coreEnvironment
  .extend({
    COUPON_API_PORT: z.coerce.number().int().min(1).max(65_535).default(8080),
    HOST: z.string().min(1).default('127.0.0.1'),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
    AUTH_MODE: z
      .literal('dev', {
        error: 'must be dev: callers name themselves by header, and nothing else is supported yet',
      })
      .default('dev'),
  })
  .refine(({ NODE_ENV, AUTH_MODE }) => NODE_ENV !== 'production' || (AUTH_MODE ?? 'dev') !== 'dev', {
    path: ['AUTH_MODE'],
    error: 'dev is refused where NODE_ENV is production: anybody could be anybody',
    // Reported beside the faults of other settings, not only once those are mended.
    when: () => true,
  });

export interface ApiConfig {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  readonly core: CoreConfig;
}

/** Throws one error that names everything that is wrong. */
export function readConfig(env: NodeJS.ProcessEnv): ApiConfig {
  const settings = parseEnvironment(apiEnvironment, env);
  return Object.freeze({
    host: settings.HOST,
    port: settings.COUPON_API_PORT,
    logLevel: settings.LOG_LEVEL,
    core: Object.freeze(coreConfig(settings)),
  });
}
