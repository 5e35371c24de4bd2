import { type Count, PlainCounter } from 'coupon-core';
import { RouteFigures } from '../http/route-figures.js';
import type { IssuanceCall } from './issuance-calls.js';

export const issuanceAnswers = new PlainCounter({
  name: 'coupon_issuance_answers_total',
  help: 'Answers to requests for a coupon, by door (1, 2): issued, repeated (the earlier issue), claim (a ticket, new or earlier), issued_by_v1, a refusal, or unavailable.',
  labelNames: ['version', 'outcome'],
});

/** What a hot call counts: how it was answered, and how long that took. */
export class CallFigures extends RouteFigures {
  private readonly outcomes = new Map<string, Count>();

  /** `version`: of the door, where the call asks for a coupon. */
  constructor(
    readonly call: IssuanceCall,
    private readonly version?: '1' | '2',
  ) {
    super(call.method.toUpperCase(), call.url);
    if (version) for (const outcome of ['ISSUED', 'CLAIM', 'SOLD_OUT', 'UNAVAILABLE']) this.countOf(outcome);
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
