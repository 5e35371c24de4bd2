import { type Count, PlainCounter } from 'coupon-core';
import { RouteFigures } from '../http/route-figures.js';
import type { IssuanceCall } from './issuance-calls.js';

export const issuanceAnswers = new PlainCounter({
  name: 'coupon_issuance_answers_total',
  help: 'Answers to requests for a coupon, by door (1, 2): issued, repeated (the earlier issue), claim (a ticket, or without a gate a place in line, new or earlier), issued_by_v1, a refusal, or unavailable.',
  labelNames: ['version', 'outcome'],
});

/** What a rush is answered, by door. */
const EXPECTED = {
  1: ['ISSUED', 'REPEATED', 'CLAIM', 'SOLD_OUT', 'UNAVAILABLE'],
  2: ['CLAIM', 'ISSUED_BY_V1', 'SOLD_OUT', 'UNAVAILABLE'],
} as const;

/** What a hot call counts: how it was answered, and how long that took. */
export class CallFigures extends RouteFigures {
  private readonly outcomes = new Map<string, Count>();

  /** `version`: of the door, where the call asks for a coupon. */
  constructor(
    readonly call: IssuanceCall,
    private readonly version?: '1' | '2',
  ) {
    super(call.method.toUpperCase(), call.url);
    // Prometheus cannot tell how much of a series that it sees for the first time is new, and the winners of a rush are
    // through between two of its looks.
    for (const status of [...Object.keys(call.answers).map(Number), 503]) this.tallyOf(status);
    if (!version) return;
    this.tallyOf(409);
    for (const outcome of EXPECTED[version]) this.countOf(outcome);
  }

  decided(answer: { outcome: string; code?: string }): void {
    if (this.version) this.countOf(answer.outcome === 'REFUSED' ? answer.code! : answer.outcome).add();
  }

  private countOf(outcome: string): Count {
    let count = this.outcomes.get(outcome);
    if (!count) {
      count = issuanceAnswers.of(this.version!, outcome.toLowerCase());
      this.outcomes.set(outcome, count);
    }
    return count;
  }
}
