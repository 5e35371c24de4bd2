import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { CouponCore } from 'coupon-core';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { appModule } from './app.module.js';
import { ANSWER_MS_MAX } from './http/limits.js';
import { ProblemFilter } from './http/problem.filter.js';
import { createServer } from './http/server.js';
import { validationPipe } from './http/validation.pipe.js';
import { registerIssuanceRoutes } from './issuance/issuance.routes.js';
import { NestLogger } from './process/nest-logger.js';

export interface App {
  nest: NestFastifyApplication;
  server: FastifyInstance;
}

/** Assembles the application without listening. `core`: a global module, see `appModule`. */
export async function createApp(core: DynamicModule, log: Logger): Promise<App> {
  const server = createServer(log);
  const hot = await scopeWithoutNest(server);
  server.addHook('onRoute', (route) => {
    route.handlerTimeout = ANSWER_MS_MAX;
  });
  const nest = await NestFactory.create<NestFastifyApplication>(appModule(core), new FastifyAdapter(server), {
    logger: new NestLogger(log),
    abortOnError: false,
    // The server has its own parser, for JSON only.
    bodyParser: false,
  });
  registerIssuanceRoutes(hot, nest.get(CouponCore), log);
  nest.useGlobalFilters(new ProblemFilter(log));
  nest.useGlobalPipes(validationPipe);
  await nest.init();
  return { nest, server };
}

/** A scope made before Nest adds its hooks to the server: the hot routes do not run through them. */
async function scopeWithoutNest(server: FastifyInstance): Promise<FastifyInstance> {
  let made = server;
  await server.register(async (scope) => {
    made = scope;
  });
  return made;
}
