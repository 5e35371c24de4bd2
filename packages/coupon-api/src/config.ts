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
import { AUTH_RULES, type AuthConfig, authConfig, authSettings } from './caller/auth-config.js';

export const PORT_SETTING = 'COUPON_API_PORT';

const settings = coreEnvironment.extend({
  COUPON_API_PORT: z.coerce.number().int().min(1).max(65_535).default(8080),
  HOST: z.string().min(1).default('127.0.0.1'),
  /** How long readiness says that the process goes before it takes no more requests. */
  SHUTDOWN_NOTICE_MS: z.coerce.number().int().min(0).max(60_000).default(0),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  ...authSettings,
  COMPAT_API: z.enum(['true', 'false']).default('false'),
});

/** Every setting of this process. All faults are reported together, by name. */
export const apiEnvironment = withRules(settings, [...CORE_RULES, ...AUTH_RULES]);

export interface ApiConfig {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  /** What must never be in a log. */
  readonly secrets: readonly string[];
  readonly shutdownNoticeMs: number;
  readonly auth: AuthConfig;
  /** Whether the compatibility calls exist: they believe the body about the user, as `AUTH_MODE=dev` does its headers. */
  readonly compatibility: boolean;
  readonly core: CoreConfig;
}

/** Throws one error that names everything that is wrong. */
export function readConfig(env: NodeJS.ProcessEnv): ApiConfig {
  const given = parseEnvironment(apiEnvironment, env);
  return Object.freeze({
    host: given.HOST,
    port: given.COUPON_API_PORT,
    logLevel: given.LOG_LEVEL,
    secrets: Object.freeze(secretsIn(env)),
    shutdownNoticeMs: given.SHUTDOWN_NOTICE_MS,
    auth: Object.freeze(authConfig(given)),
    compatibility: given.AUTH_MODE === 'dev' || given.COMPAT_API === 'true',
    core: Object.freeze(coreConfig(given)),
  });
}
