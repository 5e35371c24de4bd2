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
    const place = deadlines.begin(exchange);
    deadlines.expire(performance.now());
    expect(exchange.answers).toEqual([]);
    deadlines.expire(performance.now() + 1_000);
    deadlines.expire(performance.now() + 2_000);
    expect(exchange.answers).toHaveLength(1);
    const [answer] = exchange.answers;
    expect([answer?.status, answer?.headers]).toEqual([503, ['retry-after', '1']]);
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ code: 'UNAVAILABLE', correlationId: 'r1' });
    expect(deadlines.leave(place)).toBeNull();
  });

  it('forgets whoever has been answered', () => {
    const exchange = new WaitingExchange('r1');
    const others = [new WaitingExchange('r0'), new WaitingExchange('r2')];
    deadlines.begin(others[0]!);
    const place = deadlines.begin(exchange);
    deadlines.begin(others[1]!);
    expect(deadlines.leave(place)).toBeGreaterThanOrEqual(0);
    expect(deadlines.leave(place)).toBeNull();
    deadlines.expire(performance.now() + 1_000);
    expect([exchange, ...others].map(({ answers }) => answers.length)).toEqual([0, 1, 1]);
  });
});
