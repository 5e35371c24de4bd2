import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  bootFailure,
  CoreMetrics,
  CouponCore,
  CouponCoreModule,
  exitOnUncaught,
  logWarnings,
  processLog,
  Startup,
  shutDownOnSignal,
  startTracing,
  terminal,
} from 'coupon-core';
import { register } from 'prom-client';
import { createApp } from './app.js';
import { callersOf } from './caller/callers-of.js';
import { PORT_SETTING, readConfig } from './config.js';
import { Readiness } from './health/readiness.js';
import { closeServer } from './process/close-server.js';
import { registerApiMetrics } from './process/register-metrics.js';

const SHUTDOWN_MS_MAX = 10_000;
/** Longer than any request is answered in. */
const DRAIN_MS_MAX = 6_000;

async function start(): Promise<void> {
  const config = readConfig(process.env);
  const log = processLog(
    { service: 'coupon-api', level: config.logLevel, secrets: config.secrets },
    await terminal(process.stdout, config.core.production),
  );
  logWarnings(log);
  const tracing = await startTracing(config.core.tracing, 'coupon-api', log);
  const { compatibility } = config;
  const { nest, server } = await createApp(
    { core: CouponCoreModule.forApi(config.core), callers: callersOf(config.auth, log), compatibility },
    log,
  );
  const core = nest.get(CouponCore);
  registerApiMetrics(register, nest.get(CoreMetrics));
  const readiness = nest.get(Readiness);
  const address = await server.listen({ host: config.host, port: config.port });
  exitOnUncaught(log);
  shutDownOnSignal(
    [
      { name: 'readiness', run: () => readiness.beginShutdown() },
      // Whoever sends people here looks at readiness now and then, and has to find it out first.
      { name: 'notice', run: () => sleep(config.shutdownNoticeMs) },
      { name: 'server', run: () => closeServer(server, DRAIN_MS_MAX) },
      { name: 'core', run: () => core.close() },
      { name: 'tracing', run: () => tracing.close() },
    ],
    config.shutdownNoticeMs + SHUTDOWN_MS_MAX,
    log,
  );
  nest.get(Startup).complete();
  log.info({ address }, 'Listening.');
}

start().catch((cause: unknown) => {
  process.stderr.write(`coupon-api cannot start. ${bootFailure(cause, PORT_SETTING, process.env)}\n`);
  process.exit(1);
});
