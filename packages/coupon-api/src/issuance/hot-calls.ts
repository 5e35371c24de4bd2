import type { IncomingHttpHeaders } from 'node:http';
import {
  beginRequestSpan,
  type CouponCore,
  type CouponId,
  type Span,
  type Traceparent,
  type UserId,
  type Work,
} from 'coupon-core';
import type { Callers } from '../caller/callers.js';
import type { Answer } from '../http/answer.js';
import { AnswerDeadlines, type Place } from '../http/answer-deadlines.js';
import { couponIdOf } from '../http/coupon-id.js';
import type { Exchange } from '../http/exchange.js';
import type { FaultLog } from '../http/fault-log.js';
import { ANSWER_MS_MAX } from '../http/limits.js';
import { endRequestSpan, requestWork, traceIdOf } from '../http/request-spans.js';
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
  private readonly work: Work;

  constructor(readonly figures: CallFigures) {
    const { method, url } = figures.call;
    this.work = requestWork(method.toUpperCase(), url);
  }

  asked(exchange: Exchange, couponId: string, headers: IncomingHttpHeaders): Asked {
    const span = beginRequestSpan(headers.traceparent, this.work);
    span?.note({ 'coupon.id': couponId, 'http.request.id': exchange.requestId });
    return { line: this, exchange, couponId, headers, span };
  }
}

interface Asked {
  line: Line;
  exchange: Exchange;
  couponId: string;
  headers: IncomingHttpHeaders;
  /** Where somebody traces the request. */
  span: Span | undefined;
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
  private known: { request: Asked; answer: Answer }[] = [];

  constructor(
    private readonly core: CouponCore,
    private readonly callers: Callers,
    private readonly faults: FaultLog,
  ) {}

  readonly issueByV1: HotCall = (exchange, couponId, headers) =>
    this.answer(
      this.issues.asked(exchange, couponId, headers),
      (id, userId, trace) => this.core.issue(id, requesterOf(userId, headers), trace),
      answerOfIssue,
    );

  readonly requestByV2: HotCall = (exchange, couponId, headers) =>
    this.answer(
      this.requests.asked(exchange, couponId, headers),
      (id, userId, trace) => this.core.request(id, requesterOf(userId, headers), receiptOf(headers), trace),
      answerOfRequest,
    );

  readonly ownStatus: HotCall = (exchange, couponId, headers) =>
    this.answer(
      this.statuses.asked(exchange, couponId, headers),
      (id, userId) => this.core.status(id, requesterOf(userId, headers), receiptOf(headers)),
      answerOfStatus,
    );

  close(): void {
    for (const { deadlines } of [this.issues, this.requests, this.statuses]) deadlines.close();
  }

  private answer<T extends Decision>(
    request: Asked,
    ask: (couponId: CouponId, userId: UserId, trace: Traceparent | undefined) => T | Promise<T>,
    render: (answer: T, requestId: string) => Answer,
  ): void {
    const { exchange, couponId, headers, span } = request;
    const trace = span?.traceparent;
    try {
      const id = couponIdOf(couponId);
      const caller = this.callers.callerOf(headers);
      const asked =
        caller instanceof Promise
          ? caller.then(({ userId }) => ask(id, userId, trace))
          : ask(id, caller.userId, trace);
      // What is known at once needs no deadline.
      if (asked instanceof Promise) this.await(request, asked, render);
      else {
        decided(request, asked);
        this.sendThisTurn(request, render(asked, exchange.requestId));
      }
    } catch (cause) {
      this.sendThisTurn(request, this.failure(request, cause));
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
        decided(request, answer);
        this.send(request, place, render(answer, exchange.requestId));
      })
      .catch((cause: unknown) => this.send(request, place, this.failure(request, cause)));
  }

  private send({ exchange, line, span }: Asked, place: Place, answer: Answer): void {
    const waitedMs = line.deadlines.leave(place);
    // The deadline has answered; the span shows how long it would have taken.
    if (waitedMs === null) {
      if (span) endRequestSpan(span, 503);
      return;
    }
    exchange.send(answer);
    line.figures.answered(answer.status, waitedMs);
    if (span) endRequestSpan(span, answer.status);
  }

  /**
   * Together with all others that are known by the end of the event loop's turn: an answer that is written between two
   * readings brings the next request at once, and turns of one request each are the dearest (ADR 0012).
   */
  private sendThisTurn(request: Asked, answer: Answer): void {
    if (this.known.push({ request, answer }) === 1) setImmediate(() => this.sendKnown());
  }

  /** Within the turn in which they were read: no clock would show the difference. */
  private sendKnown(): void {
    const known = this.known;
    this.known = [];
    for (const { request, answer } of known) {
      const { exchange, line, span } = request;
      exchange.send(answer);
      line.figures.answered(answer.status, 0);
      if (span) endRequestSpan(span, answer.status);
    }
  }

  private failure({ line, exchange, couponId, headers, span }: Asked, cause: unknown): Answer {
    const { method, url } = line.figures.call;
    const request = { method: method.toUpperCase(), route: url, couponId, traceId: traceIdOf(headers, span) };
    return errorAnswer(cause, exchange.requestId, request, this.faults);
  }
}

function decided({ line, span }: Asked, answer: Decision): void {
  line.figures.decided(answer);
  span?.note({ 'coupon.outcome': answer.code ?? answer.outcome });
}

function receiptOf(headers: IncomingHttpHeaders): string | null {
  const receipt = headers['x-receipt'];
  return typeof receipt === 'string' ? receipt : null;
}
