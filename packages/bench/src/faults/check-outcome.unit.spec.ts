import { describe, expect, it } from '@jest/globals';
import { checkOutcome, type Expected } from './check-outcome.js';
import type { FinalRow, Outcome } from './read-outcome.js';
import { Testimony } from './testimony.js';

const EXPECTED: Expected = { issued: 2, tickets: 'EACH_ISSUED' };

const row = (userId: string, number: number, changes: Partial<FinalRow> = {}): FinalRow => ({
  userId,
  status: 'ISSUED',
  issueNumber: number,
  reason: null,
  epoch: 1,
  ticket: number,
  ...changes,
});

const rejected = (userId: string, ticket: number): FinalRow =>
  row(userId, ticket, { status: 'REJECTED', issueNumber: null, reason: 'SOLD_OUT' });

const outcome = (changes: Partial<Outcome> = {}): Outcome => ({
  total: 2,
  issuedQuantity: 2,
  rows: [row('a', 1), row('b', 2)],
  hasGate: true,
  gate: { capacity: 2, admitted: 2 },
  queued: 0,
  pending: 0,
  ...changes,
});

/** `a` and `b` were told what the rows of the good outcome say. */
function testimony(): Testimony {
  const told = new Testimony();
  for (const [userId, number] of [['a', 1] as const, ['b', 2] as const]) {
    told.hear(userId, 'ME', told.of(userId), {
      status: 200,
      body: { status: 'ISSUED', ticket: number, issueNumber: number },
      retryAfter: null,
      fault: null,
      elapsedMs: 1,
    });
  }
  return told;
}

describe('the check of an outcome', () => {
  it('finds nothing wrong where all is right', () => {
    expect(checkOutcome(outcome(), testimony(), EXPECTED)).toEqual([]);
  });

  it.each<[string, Partial<Outcome>, string]>([
    ['too few issued', { rows: [row('a', 1)], issuedQuantity: 1 }, '1 rows are ISSUED instead of 2'],
    ['more than the total', { total: 1, gate: { capacity: 1, admitted: 2 } }, 'of a total of 1'],
    ['a counter that drifted', { issuedQuantity: 1 }, 'the coupon counts 1'],
    ['two rows of one user', { rows: [row('a', 1), row('a', 2)] }, 'rows of user a: twice'],
    ['a number that is missing', { rows: [row('a', 1), row('b', 3)] }, 'issue number 2 of 2 is missing'],
    ['a ticket given twice', { rows: [row('a', 1), row('b', 2, { ticket: 1 })] }, 'tickets 1:1: twice'],
    [
      'a ticket without a row',
      { rows: [row('a', 1), row('b', 2, { ticket: 3 })] },
      'ticket 2 of 2 is missing',
    ],
    ['a promise without a row', { rows: [row('a', 1), row('c', 2)] }, 'user b was accepted and has no row'],
    ['a row without a promise', { rows: [row('a', 1), row('c', 2)] }, 'user c has a row and was never told'],
    ['another number than was told', { rows: [row('a', 2), row('b', 1)] }, 'was told issue number 1'],
    ['another ending than was told', { rows: [row('a', 1), rejected('b', 2)] }, 'was told status ISSUED'],
    ['an entry left in the queue', { queued: 1 }, '1 entries are left'],
    ['an entry left pending', { pending: 1 }, '1 entries are pending'],
    ['a gate that has one too many', { gate: { capacity: 3, admitted: 2 } }, 'the gate has 1 left to give'],
    ['a gate that is gone', { gate: null }, 'the gate does not know the coupon'],
    ['a gate that should not be', { hasGate: false }, 'the gate knows a coupon that has none'],
  ])('finds %s', (_, changes, found) => {
    const wrong = checkOutcome(outcome(changes), testimony(), EXPECTED);
    expect(wrong.join('; ')).toContain(found);
  });

  it('finds who was promised something and never learned how it ended', () => {
    const told = testimony();
    told.hear('c', 'V2', told.of('c'), {
      status: 202,
      body: { status: 'PENDING', ticket: 3 },
      retryAfter: null,
      fault: null,
      elapsedMs: 1,
    });
    const wrong = checkOutcome(outcome({ rows: [...outcome().rows, rejected('c', 3)] }), told, EXPECTED);
    expect(wrong).toEqual(['user c never learned how the claim ended']);
  });

  it('allows gaps between tickets only where several epochs or doors were at work', () => {
    const rows = [row('a', 1), row('b', 2, { epoch: 2, ticket: 1 })];
    const told = new Testimony();
    for (const userId of ['a', 'b'])
      told.hear(userId, 'ME', told.of(userId), issuedAs(userId === 'a' ? 1 : 2));
    expect(checkOutcome(outcome({ rows }), told, { issued: 2, tickets: 'UNIQUE' })).toEqual([]);
    expect(checkOutcome(outcome({ rows }), told, EXPECTED)).toEqual(['ticket 2 of 2 is missing']);
  });
});

const issuedAs = (issueNumber: number) => ({
  status: 200,
  body: { status: 'ISSUED' as const, issueNumber },
  retryAfter: null,
  fault: null,
  elapsedMs: 1,
});
