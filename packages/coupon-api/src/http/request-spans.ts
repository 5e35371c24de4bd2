import type { IncomingHttpHeaders } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { beginRequestSpan, parseTraceparent, type Span, type Traceparent, type Work } from 'coupon-core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isOfTheProcess } from './route-figures.js';

/** Of whatever goes through Fastify's hooks; hot calls carry theirs along. */
const spans = new WeakMap<FastifyRequest, Span>();

/** Routes are named by their patterns. */
export function requestWork(method: string, route: string): Work {
  return {
    name: `${method} ${route}`,
    kind: 'SERVER',
    attributes: { 'http.request.method': method, 'http.route': route },
  };
}

/** A refusal is no fault; what could not be answered is one. */
export function endRequestSpan(span: Span, status: number): void {
  span.note({ 'http.response.status_code': status });
  if (status >= 500) span.fail(`HTTP ${status}`);
  else span.end();
}

/** For log lines, so of a caller's trace as well that is not sampled. */
export function traceIdOf(headers: IncomingHttpHeaders, span: Span | undefined): string | undefined {
  return span?.traceId ?? parseTraceparent(headers.traceparent)?.traceId;
}

export const traceIdOfRequest = (request: FastifyRequest): string | undefined =>
  traceIdOf(request.headers, spans.get(request));

/** The trace of the request, where there is one, as a parameter of a controller's method. */
export const ByTrace = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  traceOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

const traceOf = (request: FastifyRequest): Traceparent | undefined => spans.get(request)?.traceparent;

/** Spans for whatever goes through Fastify's hooks, but for the calls of probes and of Prometheus. */
export function traceRoutes(scope: FastifyInstance): void {
  scope.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    if (!isOfTheProcess(route)) {
      const span = beginRequestSpan(request.headers.traceparent, requestWork(request.method, route));
      if (span) {
        span.note({ 'http.request.id': request.id });
        spans.set(request, span);
      }
    }
    done();
  });
  scope.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request);
    if (span) endRequestSpan(span, reply.statusCode);
    done();
  });
}
