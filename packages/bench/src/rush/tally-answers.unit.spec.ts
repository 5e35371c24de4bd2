import { describe, expect, it } from '@jest/globals';
import { AnswerLog } from '../load/answer-log.js';
import { tallyAnswers } from './tally-answers.js';

const soldOut = {
  outcome: 'SOLD_OUT',
  status: 409,
  ticket: Number.NaN,
  issueNumber: Number.NaN,
  fault: null,
} as const;
const claim = { outcome: 'CLAIM', status: 202, ticket: 1, issueNumber: Number.NaN, fault: null } as const;

/** One user's answers, each with the moments at which it was asked for and given. */
function contradictions(
  units: 'gone for good' | 'may come back',
  ...answers: [typeof soldOut | typeof claim, number, number][]
) {
  const log = new AnswerLog(answers.length, 1);
  for (const [answer, sent, answered] of answers) log.record(0, answer, answered - sent);
  const answeredAt = Float64Array.from(answers, ([, , answered]) => answered);
  return tallyAnswers(log, units === 'gone for good' ? 'FINAL' : answeredAt).contradicted;
}

describe('"sold out" and a claim of the same user', () => {
  it('contradict each other where units are gone for good', () => {
    expect(contradictions('gone for good', [soldOut, 0, 1], [claim, 2, 3])).toBe(1);
    expect(contradictions('gone for good', [claim, 0, 1], [soldOut, 2, 3])).toBe(1);
  });

  it('contradict each other in one order only where units may come back', () => {
    expect(contradictions('may come back', [soldOut, 0, 1], [claim, 2, 3])).toBe(0);
    expect(contradictions('may come back', [claim, 0, 1], [soldOut, 2, 3])).toBe(1);
  });

  it('are in no order where both were under way at once', () => {
    expect(contradictions('may come back', [claim, 0, 2], [soldOut, 1, 3])).toBe(0);
  });
});
