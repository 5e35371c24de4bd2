import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance, RouteOptions } from 'fastify';

const CHANNEL = 'fastify.initialization';

/** Hears of every route of every Fastify instance that is made between `listen` and `stop`. */
export class RegisteredRoutes {
  readonly all: RouteOptions[] = [];

  private readonly onServer = (message: unknown): void => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onRoute', (route) => {
      this.all.push(route);
    });
  };

  listen(): void {
    subscribe(CHANNEL, this.onServer);
  }

  stop(): void {
    unsubscribe(CHANNEL, this.onServer);
  }
}
