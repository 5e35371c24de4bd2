import type { FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { type ProblemCode, problem } from './problem.js';
import { answerOf } from './problem-of-error.js';

export const PROBLEM_JSON = 'application/problem+json; charset=utf-8';

/** How long a client should wait before it repeats what could not be answered. */
export const RETRY_AFTER_SECONDS = '1';

export function sendProblem(reply: FastifyReply, code: ProblemCode, detail?: string): void {
  const body = problem(code, detail, reply.request.id);
  if (body.status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
  reply.code(body.status).header('content-type', PROBLEM_JSON).send(body);
}

/** Answers a thrown value; only what nobody has foreseen is logged, since somebody must look at it. */
export function sendErrorAnswer(reply: FastifyReply, cause: unknown, log: Logger): void {
  const { code, detail, challenge } = answerOf(cause);
  if (code === 'INTERNAL_ERROR') {
    const { id, method, routeOptions } = reply.request;
    log.error(
      { err: cause, requestId: id, method, route: routeOptions?.url },
      'A request failed unexpectedly.',
    );
  }
  if (reply.sent) return;
  if (challenge !== undefined) reply.header('www-authenticate', challenge);
  sendProblem(reply, code, detail);
}
