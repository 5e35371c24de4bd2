import type { IncomingHttpHeaders } from 'node:http';
import type { CouponCore, CouponId, UserId } from 'coupon-core';
import type { Logger } from 'pino';
import type { Callers } from '../caller/callers.js';
import type { Answer } from '../http/answer.js';
import { AnswerDeadlines } from '../http/answer-deadlines.js';
import { couponIdOf } from '../http/coupon-id.js';
import type { Exchange } from '../http/exchange.js';
import { ANSWER_MS_MAX } from '../http/limits.js';
import { errorAnswer } from '../http/send-problem.js';
import { answerOfIssue, answerOfRequest, answerOfStatus } from './issuance-answers.js';
import { ISSUE_BY_V1, type IssuanceCall, OWN_STATUS, REQUEST_BY_V2 } from './issuance-calls.js';

/** One of the hot calls: whose coupon, by its path, and what the request says in its headers. */
export type HotCall = (exchange: Exchange, couponId: string, headers: IncomingHttpHeaders) => void;

interface Asked {
  call: IssuanceCall;
  exchange: Exchange;
  couponId: string;
  headers: IncomingHttpHeaders;
}

/**
 * The calls of the rush, whoever has read the request: no controller, guard or pipe stands between the socket and
 * the use case, and nothing is logged.
 */
export class HotCalls {
  private readonly deadlines = new AnswerDeadlines(ANSWER_MS_MAX);

  constructor(
    private readonly core: CouponCore,
    private readonly callers: Callers,
    private readonly log: Logger,
  ) {}

  readonly issueByV1: HotCall = (exchange, couponId, headers) =>
    this.answer(
      { call: ISSUE_BY_V1, exchange, couponId, headers },
      (id, userId) => this.core.issue(id, userId),
      answerOfIssue,
    );

  readonly requestByV2: HotCall = (exchange, couponId, headers) =>
    this.answer(
      { call: REQUEST_BY_V2, exchange, couponId, headers },
      (id, userId) => this.core.request(id, userId, receiptOf(headers)),
      answerOfRequest,
    );

  readonly ownStatus: HotCall = (exchange, couponId, headers) =>
    this.answer(
      { call: OWN_STATUS, exchange, couponId, headers },
      (id, userId) => this.core.status(id, userId, receiptOf(headers)),
      answerOfStatus,
    );

  close(): void {
    this.deadlines.close();
  }

  private answer<T>(
    request: Asked,
    ask: (couponId: CouponId, userId: UserId) => T | Promise<T>,
    render: (answer: T, requestId: string) => Answer,
  ): void {
    const { exchange, couponId, headers } = request;
    try {
      const id = couponIdOf(couponId);
      const caller = this.callers.callerOf(headers);
      const asked =
        caller instanceof Promise ? caller.then(({ userId }) => ask(id, userId)) : ask(id, caller.userId);
      // What is known at once needs neither a deadline nor another turn of the event loop.
      if (asked instanceof Promise) this.await(request, asked, render);
      else exchange.send(render(asked, exchange.requestId));
    } catch (cause) {
      exchange.send(this.failure(request, cause));
    }
  }

  private await<T>(
    request: Asked,
    asked: Promise<T>,
    render: (answer: T, requestId: string) => Answer,
  ): void {
    const { exchange } = request;
    this.deadlines.begin(exchange);
    asked
      .then((answer) => this.send(exchange, render(answer, exchange.requestId)))
      .catch((cause: unknown) => this.send(exchange, this.failure(request, cause)));
  }

  private send(exchange: Exchange, answer: Answer): void {
    if (this.deadlines.end(exchange)) exchange.send(answer);
  }

  private failure({ call: { method, url }, exchange }: Asked, cause: unknown): Answer {
    return errorAnswer(cause, exchange.requestId, { method, route: url }, this.log);
  }
}

function receiptOf(headers: IncomingHttpHeaders): string | null {
  const receipt = headers['x-receipt'];
  return typeof receipt === 'string' ? receipt : null;
}
