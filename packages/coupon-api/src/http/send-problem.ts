import type { FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { type Answer, problemAnswer } from './answer.js';
import { FastifyExchange } from './exchange.js';
import type { ProblemCode } from './problem.js';
import { answerOf } from './problem-of-error.js';

export function sendProblem(reply: FastifyReply, code: ProblemCode, detail?: string): void {
  new FastifyExchange(reply).send(problemAnswer(code, reply.request.id, detail));
}

/** Answers a thrown value, where nothing was answered yet. */
export function sendErrorAnswer(reply: FastifyReply, cause: unknown, log: Logger): void {
  const { id, method, routeOptions } = reply.request;
  const answer = errorAnswer(cause, id, { method, route: routeOptions?.url }, log);
  if (!reply.sent) new FastifyExchange(reply).send(answer);
}

/** What a thrown value is answered with; only what nobody has foreseen is logged, since somebody must look at it. */
export function errorAnswer(cause: unknown, requestId: string, request: object, log: Logger): Answer {
  const { code, detail, challenge } = answerOf(cause);
  if (code === 'INTERNAL_ERROR') {
    log.error({ err: cause, requestId, ...request }, 'A request failed unexpectedly.');
  }
  return problemAnswer(code, requestId, detail, challenge);
}
