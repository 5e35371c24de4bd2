import type { FastifyReply } from 'fastify';
import { type Answer, problemAnswer } from './answer.js';
import { FastifyExchange } from './exchange.js';
import type { FailedRequest, FaultLog } from './fault-log.js';
import type { ProblemCode } from './problem.js';
import { answerOf } from './problem-of-error.js';
import { traceIdOfRequest } from './request-spans.js';

export function sendProblem(reply: FastifyReply, code: ProblemCode, detail?: string): void {
  new FastifyExchange(reply).send(problemAnswer(code, reply.request.id, { detail }));
}

/** Answers a thrown value, where nothing was answered yet. */
export function sendErrorAnswer(reply: FastifyReply, cause: unknown, faults: FaultLog): void {
  const { id, method, routeOptions } = reply.request;
  const { couponId } = (reply.request.params ?? {}) as { couponId?: string };
  const request = { method, route: routeOptions?.url, couponId, traceId: traceIdOfRequest(reply.request) };
  const answer = errorAnswer(cause, id, request, faults);
  if (!reply.sent) new FastifyExchange(reply).send(answer);
}

/** What a thrown value is answered with; only what nobody has foreseen is logged, since somebody must look at it. */
export function errorAnswer(
  cause: unknown,
  requestId: string,
  request: FailedRequest,
  faults: FaultLog,
): Answer {
  const { code, ...more } = answerOf(cause);
  if (code === 'INTERNAL_ERROR') faults.say(cause, { requestId, outcome: code, ...request });
  return problemAnswer(code, requestId, more);
}
