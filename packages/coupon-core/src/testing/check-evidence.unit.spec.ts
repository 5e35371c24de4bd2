import { describe, expect, it } from '@jest/globals';
import { type Evidence, type Told, violationsOf } from './check-evidence.js';
import type { FinalRow } from './coupon-rows.js';

const issued = (user: string, number: number): FinalRow => ({
  user,
  status: 'ISSUED',
  number,
  reason: null,
  lifecycle: null,
  epoch: 1,
  ticket: number,
});
const cancelled: FinalRow = { ...issued('a', 1), lifecycle: 'CANCELLED' };
const rejected = (user: string): FinalRow => ({
  ...issued(user, 0),
  status: 'REJECTED',
  number: null,
  reason: 'SOLD_OUT',
});
const told = (user: string, answer: Told['answer'], sent = 1): Told => ({
  user,
  sent,
  answered: sent + 1,
  answer,
});

const clean: Evidence = {
  total: 2,
  counted: 2,
  givenBack: 0,
  rows: [issued('a', 1), issued('b', 2), rejected('c')],
  told: [
    told('a', { kind: 'ISSUED', number: 1 }),
    told('b', { kind: 'ACCEPTED', ticket: 1 }),
    told('b', { kind: 'ISSUED', number: 2 }, 3),
    told('c', { kind: 'ACCEPTED', ticket: 2 }),
    told('c', { kind: 'REJECTED' }, 3),
    told('d', { kind: 'REFUSED', code: 'SOLD_OUT' }),
  ],
  offered: 0,
};

describe('the checker', () => {
  it('finds nothing where every promise was kept', () => {
    expect(violationsOf(clean)).toEqual([]);
  });

  it('counts a cancelled unit as one that is left', () => {
    const returned: Partial<Evidence> = {
      rows: [cancelled, ...clean.rows.slice(1), issued('e', 3)],
      told: [
        ...clean.told,
        told('e', { kind: 'ISSUED', number: 3 }),
        told('a', { kind: 'CANCELLED', number: 1 }),
      ],
      counted: 3,
      givenBack: 1,
    };
    expect(violationsOf({ ...clean, ...returned })).toEqual([]);
    const unsold = violationsOf({ ...clean, ...returned, total: 3, offered: 1 });
    expect(unsold).toEqual([expect.stringMatching(/^I6: /)]);
  });

  it('forgives a refusal that was under way when the same user was accepted', () => {
    const both = [told('a', { kind: 'REFUSED', code: 'SOLD_OUT' }, 1), ...clean.told];
    expect(violationsOf({ ...clean, told: both })).toEqual([]);
  });

  const sabotaged: [invariant: string, what: string, evidence: Partial<Evidence>][] = [
    ['I1', 'one unit too many', { total: 1 }],
    ['I1', 'a counter that does not count', { counted: 1 }],
    ['I2', 'a second row of a user', { rows: [...clean.rows, rejected('a')] }],
    ['I11', 'a gap in the numbers', { rows: [issued('a', 1), issued('b', 3), rejected('c')] }],
    ['I11', 'a number that is given twice', { rows: [issued('a', 1), issued('b', 1), rejected('c')] }],
    [
      'I11',
      'a ticket that is given twice',
      { told: [...clean.told, told('c', { kind: 'ACCEPTED', ticket: 1 })] },
    ],
    ['I3', 'a claim that came to nothing', { rows: clean.rows.slice(0, 2) }],
    ['I4', 'a coupon that nobody asked for', { told: clean.told.slice(1) }],
    [
      'I5',
      'another number than was told',
      { told: [...clean.told, told('a', { kind: 'ISSUED', number: 2 })] },
    ],
    ['I5', 'a rejection that is none', { told: [...clean.told, told('a', { kind: 'REJECTED' }, 9)] }],
    [
      'I5',
      'a refusal after a promise',
      { told: [...clean.told, told('a', { kind: 'REFUSED', code: 'ENDED' }, 9)] },
    ],
    ['I6', 'a unit that was never sold', { total: 3, offered: 1 }],
    ['I12', 'a unit that was given back twice', { givenBack: 2, rows: [cancelled, ...clean.rows.slice(1)] }],
    [
      'I5',
      'a cancellation that is none',
      { told: [...clean.told, told('a', { kind: 'CANCELLED', number: 1 })] },
    ],
    ['I7', 'a gate that offers more than is left', { offered: 1 }],
  ];

  it.each(sabotaged)('%s: finds %s', (invariant, _what, evidence) => {
    const found = violationsOf({ ...clean, ...evidence });
    expect(found.some((violation) => violation.startsWith(`${invariant}: `))).toBe(true);
  });
});
