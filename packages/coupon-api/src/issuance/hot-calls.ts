import type { IncomingHttpHeaders } from 'node:http';
import type { CouponCore, CouponId, UserId } from 'coupon-core';
import type { Callers } from '../caller/callers.js';
import type { Answer } from '../http/answer.js';
import { AnswerDeadlines, type Place } from '../http/answer-deadlines.js';
import { couponIdOf } from '../http/coupon-id.js';
import type { Exchange } from '../http/exchange.js';
import type { FaultLog } from '../http/fault-log.js';
import { ANSWER_MS_MAX } from '../http/limits.js';
import { errorAnswer } from '../http/send-problem.js';
import { CallFigures } from './call-figures.js';
import { answerOfIssue, answerOfRequest, answerOfStatus } from './issuance-answers.js';
import { ISSUE_BY_V1, OWN_STATUS, REQUEST_BY_V2 } from './issuance-calls.js';
import { requesterOf } from './requester.js';

/** One of the hot calls: whose coupon, by its path, and what the request says in its headers. */
export type HotCall = (exchange: Exchange, couponId: string, headers: IncomingHttpHeaders) => void;

/** What all requests of one call share. */
class Line {
  readonly deadlines = new AnswerDeadlines(ANSWER_MS_MAX, (waitedMs) => this.figures.answered(503, waitedMs));

  constructor(readonly figures: CallFigures) {}
}

interface Asked {
  line: Line;
  exchange: Exchange;
  couponId: string;
  headers: IncomingHttpHeaders;
}

/** What every answer of the core says. */
type Decision = { outcome: string; code?: string };

/**
 * The calls of the rush, whoever has read the request: no controller, guard or pipe stands between the socket and
 * the use case, and nothing is logged.
 */
export class HotCalls {
  private readonly issues = new Line(new CallFigures(ISSUE_BY_V1, '1'));
  private readonly requests = new Line(new CallFigures(REQUEST_BY_V2, '2'));
  private readonly statuses = new Line(new CallFigures(OWN_STATUS));

  constructor(
    private readonly core: CouponCore,
    private readonly callers: Callers,
    private readonly faults: FaultLog,
  ) {}

  readonly issueByV1: HotCall = (exchange, couponId, headers) =>
    this.answer(
      { line: this.issues, exchange, couponId, headers },
      (id, userId) => this.core.issue(id, requesterOf(userId, headers)),
      answerOfIssue,
    );

  readonly requestByV2: HotCall = (exchange, couponId, headers) =>
    this.answer(
      { line: this.requests, exchange, couponId, headers },
      (id, userId) => this.core.request(id, requesterOf(userId, headers), receiptOf(headers)),
      answerOfRequest,
    );

  readonly ownStatus: HotCall = (exchange, couponId, headers) =>
    this.answer(
      { line: this.statuses, exchange, couponId, headers },
      (id, userId) => this.core.status(id, requesterOf(userId, headers), receiptOf(headers)),
      answerOfStatus,
    );

  close(): void {
    for (const { deadlines } of [this.issues, this.requests, this.statuses]) deadlines.close();
  }

  private answer<T extends Decision>(
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
      else {
        request.line.figures.decided(asked);
        this.sendAtOnce(request, render(asked, exchange.requestId));
      }
    } catch (cause) {
      this.sendAtOnce(request, this.failure(request, cause));
    }
  }

  private await<T extends Decision>(
    request: Asked,
    asked: Promise<T>,
    render: (answer: T, requestId: string) => Answer,
  ): void {
    const { exchange, line } = request;
    const place = line.deadlines.begin(exchange);
    asked
      .then((answer) => {
        line.figures.decided(answer);
        this.send(request, place, render(answer, exchange.requestId));
      })
      .catch((cause: unknown) => this.send(request, place, this.failure(request, cause)));
  }

  private send({ exchange, line }: Asked, place: Place, answer: Answer): void {
    const waitedMs = line.deadlines.leave(place);
    if (waitedMs === null) return;
    exchange.send(answer);
    line.figures.answered(answer.status, waitedMs);
  }

  /** Within the turn of the event loop in which it was read: no clock would show the difference. */
  private sendAtOnce({ exchange, line }: Asked, answer: Answer): void {
    exchange.send(answer);
    line.figures.answered(answer.status, 0);
  }

  private failure({ line, exchange }: Asked, cause: unknown): Answer {
    const { method, url } = line.figures.call;
    return errorAnswer(cause, exchange.requestId, { method, route: url }, this.faults);
  }
}

function receiptOf(headers: IncomingHttpHeaders): string | null {
  const receipt = headers['x-receipt'];
  return typeof receipt === 'string' ? receipt : null;
}
