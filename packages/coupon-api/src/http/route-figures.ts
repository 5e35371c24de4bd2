import { Distribution, SECONDS, type Tally } from 'coupon-core';
import type { FastifyInstance } from 'fastify';

export const requestSeconds = new Distribution(
  {
    name: 'coupon_http_request_duration_seconds',
    help: 'From a request that was read to its answer, by route and status. Calls of probes and of Prometheus are left out. 503 is what could not be answered, in time or at all.',
    labelNames: ['method', 'route', 'status'],
  },
  SECONDS,
);

/** Of one route: how long its answers took, by status. */
export class RouteFigures {
  private readonly byStatus = new Map<number, Tally>();

  constructor(
    private readonly method: string,
    private readonly route: string,
  ) {}

  answered(status: number, tookMs: number): void {
    this.tallyOf(status).observe(tookMs / 1_000);
  }

  /** There from then on, at 0 until somebody is answered so. */
  protected tallyOf(status: number): Tally {
    let tally = this.byStatus.get(status);
    if (!tally) {
      tally = requestSeconds.of(this.method, this.route, String(status));
      this.byStatus.set(status, tally);
    }
    return tally;
  }
}

const OF_THE_PROCESS = /^\/(health\/|metrics$|docs|openapi)/;

export const isOfTheProcess = (route: string): boolean => OF_THE_PROCESS.test(route);

/** Measures what goes through Fastify's hooks. Routes are named by their patterns, so there are only so many. */
export function measureRoutes(scope: FastifyInstance): void {
  scope.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    if (!isOfTheProcess(route)) {
      requestSeconds.of(request.method, route, String(reply.statusCode)).observe(reply.elapsedTime / 1_000);
    }
    done();
  });
}
