import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  bootFailure,
  CoreMetrics,
  CouponCoreModule,
  exitOnUncaught,
  IssuanceWorker,
  logWarnings,
  NestLogger,
  processLog,
  Startup,
  shutDownOnSignal,
  startTracing,
  terminal,
} from 'coupon-core';
import { register } from 'prom-client';
import { appModule } from './app.module.js';
import { PORT_SETTING, readConfig } from './config.js';
import { Readiness } from './health/readiness.js';
import { registerConsumerMetrics } from './process/register-metrics.js';

/** The batch under way is finished first. */
const SHUTDOWN_MS_MAX = 30_000;

async function start(): Promise<void> {
  const config = readConfig(process.env);
  const log = processLog(
    { service: 'coupon-consumer', level: config.logLevel, secrets: config.secrets },
    await terminal(process.stdout, config.core.production),
  );
  logWarnings(log);
  const tracing = await startTracing(config.core.tracing, 'coupon-consumer', log);
  const nest = await NestFactory.create<NestFastifyApplication>(
    appModule(CouponCoreModule.forConsumer(config.core)),
    new FastifyAdapter({ forceCloseConnections: true }),
    { logger: new NestLogger(log), abortOnError: false, bodyParser: false },
  );
  const worker = nest.get(IssuanceWorker);
  registerConsumerMetrics(register, nest.get(CoreMetrics), worker, config.metricsCoupons);
  const readiness = nest.get(Readiness);
  await nest.init();
  const server = nest.getHttpAdapter().getInstance();
  const address = await server.listen({ host: config.host, port: config.port });
  exitOnUncaught(log);
  const begun = worker.start();
  shutDownOnSignal(
    [
      { name: 'readiness', run: () => readiness.beginShutdown() },
      { name: 'worker', run: () => worker.stop() },
      // Last, so that health and metrics can be read until the end.
      { name: 'server', run: () => server.close() },
      { name: 'tracing', run: () => tracing.close() },
    ],
    SHUTDOWN_MS_MAX,
    log,
  );
  log.info({ address }, 'Listening.');
  await begun;
  nest.get(Startup).complete();
}

start().catch((cause: unknown) => {
  process.stderr.write(`coupon-consumer cannot start. ${bootFailure(cause, PORT_SETTING, process.env)}\n`);
  process.exit(1);
});
