import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Answer } from './answer.js';
import { AnswerDeadlines } from './answer-deadlines.js';
import type { Exchange } from './exchange.js';

class WaitingExchange implements Exchange {
  readonly answers: Answer[] = [];
  constructor(readonly requestId: string) {}
  send(answer: Answer): void {
    this.answers.push(answer);
  }
}

describe('AnswerDeadlines', () => {
  let deadlines: AnswerDeadlines;

  beforeEach(() => {
    deadlines = new AnswerDeadlines(1_000);
  });

  afterEach(() => {
    deadlines.close();
  });

  it('answers 503 for whoever is overdue, once', () => {
    const exchange = new WaitingExchange('r1');
    deadlines.begin(exchange);
    deadlines.expire(performance.now());
    expect(exchange.answers).toEqual([]);
    deadlines.expire(performance.now() + 1_000);
    deadlines.expire(performance.now() + 2_000);
    expect(exchange.answers).toHaveLength(1);
    const [answer] = exchange.answers;
    expect([answer?.status, answer?.headers]).toEqual([503, ['retry-after', '1']]);
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ code: 'UNAVAILABLE', correlationId: 'r1' });
    expect(deadlines.end(exchange)).toBeNull();
  });

  it('forgets whoever has been answered', () => {
    const exchange = new WaitingExchange('r1');
    deadlines.begin(exchange);
    expect(deadlines.end(exchange)).toBeGreaterThanOrEqual(0);
    deadlines.expire(performance.now() + 1_000);
    expect(exchange.answers).toEqual([]);
  });
});
