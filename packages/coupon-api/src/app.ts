import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { CouponCore, NestLogger } from 'coupon-core';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type AppParts, appModule } from './app.module.js';
import { Callers } from './caller/callers.js';
import { FaultLog } from './http/fault-log.js';
import { ANSWER_MS_MAX } from './http/limits.js';
import { ProblemFilter } from './http/problem.filter.js';
import { traceRoutes } from './http/request-spans.js';
import { measureRoutes } from './http/route-figures.js';
import { sendErrorAnswer } from './http/send-problem.js';
import { createServer } from './http/server.js';
import { validationPipe } from './http/validation.pipe.js';
import { HotCalls } from './issuance/hot-calls.js';
import { registerIssuanceRoutes } from './issuance/issuance.routes.js';
import { serveDocument } from './openapi/serve-document.js';

export interface App {
  nest: NestFastifyApplication;
  server: FastifyInstance;
}

/** Assembles the application without listening. */
export async function createApp(parts: AppParts, log: Logger): Promise<App> {
  const { callers } = parts;
  const faults = new FaultLog(log);
  const server = createServer();
  server.addHook('onClose', async () => callers.close());
  const nest = await addNest(server, appModule(parts), log, faults);
  server.setErrorHandler((cause, _request, reply) => sendErrorAnswer(reply, cause, faults));
  registerIssuanceRoutes(server, new HotCalls(nest.get(CouponCore), callers, faults));
  return { nest, server };
}

/** Nest lives in a scope of its own, so that the hot routes do not run through its hooks. */
async function addNest(
  server: FastifyInstance,
  module: DynamicModule,
  log: Logger,
  faults: FaultLog,
): Promise<NestFastifyApplication> {
  let made: NestFastifyApplication | undefined;
  let failure: unknown;
  await server.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.handlerTimeout = ANSWER_MS_MAX;
    });
    measureRoutes(scope);
    traceRoutes(scope);
    try {
      made = await createNest(scope, module, log, faults);
    } catch (cause) {
      failure = cause;
    }
  });
  if (!made) throw failure;
  return made;
}

async function createNest(
  scope: FastifyInstance,
  module: DynamicModule,
  log: Logger,
  faults: FaultLog,
): Promise<NestFastifyApplication> {
  const nest = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(scope), {
    logger: new NestLogger(log),
    abortOnError: false,
    // The server has its own parser, for JSON only.
    bodyParser: false,
  });
  nest.useGlobalFilters(new ProblemFilter(faults));
  nest.useGlobalPipes(validationPipe);
  serveDocument(nest, nest.get(Callers).mode);
  return nest.init();
}
