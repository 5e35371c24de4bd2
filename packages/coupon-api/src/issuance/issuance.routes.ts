import type { IncomingHttpHeaders } from 'node:http';
import type { CouponCore, IssueAnswer, RequestAnswer, StatusAnswer, UserId } from 'coupon-core';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import type { Callers } from '../caller/callers.js';
import { AnswerDeadlines } from '../http/answer-deadlines.js';
import { couponIdOf } from '../http/coupon-id.js';
import { ANSWER_MS_MAX } from '../http/limits.js';
import { sendErrorAnswer, sendProblem } from '../http/send-problem.js';
import { ISSUE_BY_V1, OWN_STATUS, REQUEST_BY_V2, responseSchemas } from './issuance-calls.js';
import { claimBody, issueBody, statusBody } from './issue-body.js';

interface OfCoupon {
  Params: { couponId: string };
}

/**
 * The calls of the rush, straight on Fastify: no controller, guard or pipe stands between the socket and the use
 * case, nothing is logged, and what is answered is written by compiled serializers.
 */
export function registerIssuanceRoutes(
  server: FastifyInstance,
  core: CouponCore,
  callers: Callers,
  log: Logger,
): void {
  const deadlines = new AnswerDeadlines(ANSWER_MS_MAX);
  server.addHook('onClose', () => deadlines.close());
  server.setErrorHandler((cause, _request, reply) => sendErrorAnswer(reply, cause, log));

  function answer<T>(
    reply: FastifyReply,
    headers: IncomingHttpHeaders,
    ask: (userId: UserId) => Promise<T>,
    send: (reply: FastifyReply, answer: T) => void,
  ): void {
    const caller = callers.callerOf(headers);
    deadlines.begin(reply);
    const pending = caller instanceof Promise ? caller.then(({ userId }) => ask(userId)) : ask(caller.userId);
    pending
      .then((result) => {
        if (deadlines.end(reply)) send(reply, result);
      })
      .catch((cause: unknown) => {
        deadlines.end(reply);
        sendErrorAnswer(reply, cause, log);
      });
  }

  server.post<OfCoupon>(
    ISSUE_BY_V1.url,
    { schema: responseSchemas(ISSUE_BY_V1) },
    ({ params, headers }, reply) => {
      const couponId = couponIdOf(params.couponId);
      answer(reply, headers, (userId) => core.issue(couponId, userId), sendIssue);
    },
  );

  server.post<OfCoupon>(
    REQUEST_BY_V2.url,
    { schema: responseSchemas(REQUEST_BY_V2) },
    ({ params, headers }, reply) => {
      const couponId = couponIdOf(params.couponId);
      const receipt = receiptOf(headers);
      answer(reply, headers, (userId) => core.request(couponId, userId, receipt), sendRequest);
    },
  );

  server.get<OfCoupon>(
    OWN_STATUS.url,
    { schema: responseSchemas(OWN_STATUS) },
    ({ params, headers }, reply) => {
      const couponId = couponIdOf(params.couponId);
      const receipt = receiptOf(headers);
      answer(reply, headers, (userId) => core.status(couponId, userId, receipt), sendStatus);
    },
  );
}

function receiptOf(headers: IncomingHttpHeaders): string | null {
  const receipt = headers['x-receipt'];
  return typeof receipt === 'string' ? receipt : null;
}

function sendIssue(reply: FastifyReply, answer: IssueAnswer): void {
  switch (answer.outcome) {
    case 'ISSUED':
      reply.code(201).send(issueBody(answer.issue));
      return;
    case 'REPEATED':
      reply.code(200).send(issueBody(answer.issue));
      return;
    case 'CLAIM':
      reply.code(202).send(claimBody(answer.view));
      return;
    case 'REFUSED':
      sendProblem(reply, answer.code);
      return;
    case 'UNAVAILABLE':
      sendProblem(reply, 'UNAVAILABLE');
      return;
  }
}

function sendRequest(reply: FastifyReply, answer: RequestAnswer): void {
  switch (answer.outcome) {
    case 'CLAIM':
      reply.code(202).send(claimBody(answer.view));
      return;
    case 'ISSUED_BY_V1':
      reply.code(200).send(issueBody(answer.issue));
      return;
    case 'REFUSED':
      sendProblem(reply, answer.code);
      return;
    case 'UNAVAILABLE':
      sendProblem(reply, 'UNAVAILABLE');
      return;
  }
}

function sendStatus(reply: FastifyReply, answer: StatusAnswer): void {
  switch (answer.outcome) {
    case 'CLAIM':
      reply.code(200).header('cache-control', 'no-store').send(statusBody(answer.view));
      return;
    case 'NOT_REQUESTED':
      sendProblem(reply, 'NOT_REQUESTED');
      return;
    case 'REFUSED':
      sendProblem(reply, answer.code);
      return;
    case 'UNAVAILABLE':
      sendProblem(reply, 'UNAVAILABLE');
      return;
  }
}
