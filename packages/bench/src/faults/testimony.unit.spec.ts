import { describe, expect, it } from '@jest/globals';
import { ANSWER_MS_MAX, type Answer } from './api-client.js';
import { type Leniency, type Question, Testimony } from './testimony.js';

const answer = (status: number, body: Answer['body'] = {}, changes: Partial<Answer> = {}): Answer => ({
  status,
  body,
  retryAfter: null,
  fault: null,
  elapsedMs: 1,
  ...changes,
});

const pending = answer(202, { status: 'PENDING', ticket: 7, receipt: 'r' });
const issued = answer(200, { status: 'ISSUED', ticket: 7, issueNumber: 3 });
const rejected = answer(200, { status: 'REJECTED', reason: 'SOLD_OUT' });
const unknown = answer(200, { status: 'UNKNOWN' });
const soldOut = answer(409, { code: 'SOLD_OUT' });
const notRequested = answer(404, { code: 'NOT_REQUESTED' });
const later = answer(503, { code: 'UNAVAILABLE' }, { retryAfter: '1' });

function problemsOf(story: [Question, Answer][], leniency: Leniency = {}): number {
  const testimony = new Testimony(leniency);
  for (const [question, heard] of story) testimony.hear('u', question, testimony.of('u'), heard);
  return testimony.problems.length;
}

describe('what a user is told', () => {
  it.each<[string, [Question, Answer][]]>([
    [
      'pending, then issued',
      [
        ['V2', pending],
        ['ME', pending],
        ['ME', issued],
        ['V2', issued],
      ],
    ],
    [
      'pending, then rejected',
      [
        ['V2', pending],
        ['ME', rejected],
      ],
    ],
    [
      'not known for a while',
      [
        ['V2', pending],
        ['ME', issued],
        ['ME', unknown],
        ['ME', issued],
      ],
    ],
    [
      'asked to come again, then sold out',
      [
        ['V2', later],
        ['V2', soldOut],
        ['ME', notRequested],
      ],
    ],
  ])('agrees with itself: %s', (_, story) => {
    expect(problemsOf(story)).toBe(0);
  });

  it.each<[string, [Question, Answer][]]>([
    [
      'another ticket',
      [
        ['V2', pending],
        ['V2', answer(202, { status: 'PENDING', ticket: 8 })],
      ],
    ],
    [
      'another number',
      [
        ['ME', issued],
        ['ME', answer(200, { status: 'ISSUED', issueNumber: 4 })],
      ],
    ],
    [
      'another reason',
      [
        ['ME', rejected],
        ['ME', answer(200, { status: 'REJECTED', reason: 'DISCARDED' })],
      ],
    ],
    [
      'rejected after it was issued',
      [
        ['ME', issued],
        ['ME', rejected],
      ],
    ],
    [
      'pending after it was issued',
      [
        ['ME', issued],
        ['ME', pending],
      ],
    ],
    [
      'issued a second time',
      [
        ['V1', answer(201, issued.body)],
        ['V1', answer(201, issued.body)],
      ],
    ],
    [
      'refused after a claim',
      [
        ['V2', pending],
        ['V2', soldOut],
      ],
    ],
    [
      'not requested after a claim',
      [
        ['V2', pending],
        ['ME', notRequested],
      ],
    ],
    [
      'a claim after "sold out"',
      [
        ['V2', soldOut],
        ['V2', pending],
      ],
    ],
    ['issued without a number', [['ME', answer(200, { status: 'ISSUED' })]]],
    ['rejected without a reason', [['ME', answer(200, { status: 'REJECTED' })]]],
    ['503 without Retry-After', [['V2', answer(503, { code: 'UNAVAILABLE' })]]],
    ['a refusal that nothing explains', [['V2', answer(409, { code: 'CLOSED' })]]],
    ['an error of ours', [['V2', answer(500)]]],
    ['no answer', [['V2', answer(0, {}, { fault: 'ECONNRESET' })]]],
    ['an answer that comes too late', [['V2', answer(202, pending.body, { elapsedMs: ANSWER_MS_MAX + 1 })]]],
  ])('contradicts itself: %s', (_, story) => {
    expect(problemsOf(story)).toBe(1);
  });

  it('may be nothing where connections may break, but not for as long as a request may take', () => {
    const leniency = { connectionsMayBreak: true };
    expect(problemsOf([['V2', answer(0, {}, { fault: 'ECONNRESET' })]], leniency)).toBe(0);
    const silence = answer(0, {}, { fault: 'no answer in time', elapsedMs: ANSWER_MS_MAX });
    expect(problemsOf([['V2', silence]], leniency)).toBe(1);
  });

  it('need not know of answers that came after the question was sent', () => {
    const testimony = new Testimony();
    const before = testimony.of('u');
    testimony.hear('u', 'ME', before, issued);
    testimony.hear('u', 'V2', before, pending);
    expect(testimony.problems).toEqual([]);
    expect(testimony.of('u')).toMatchObject({ final: 'ISSUED', ticket: 7, issueNumber: 3 });
  });

  it('may start anew after the gate was emptied, unless it was final', () => {
    const testimony = new Testimony();
    testimony.hear('waiting', 'V2', testimony.of('waiting'), pending);
    testimony.hear('final', 'ME', testimony.of('final'), issued);
    testimony.claimsMayBeLost();
    expect(testimony.of('waiting')).toMatchObject({ accepted: false, ticket: null, receipt: 'r' });
    const fresh = answer(202, { status: 'PENDING', ticket: 1 });
    testimony.hear('waiting', 'V2', testimony.of('waiting'), fresh);
    expect(testimony.problems).toEqual([]);
    testimony.hear('final', 'V2', testimony.of('final'), fresh);
    expect(testimony.problems).toHaveLength(2);
  });
});
