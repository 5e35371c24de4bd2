import { describe, expect, it } from '@jest/globals';
import { decodeEntry } from './queue-entry.js';

const good = { c: '7', e: '2', a: '1795000000123', t: '40', u: 'alice,bob' };
const decode = (fields: Record<string, string>) => decodeEntry('1-0', Object.entries(fields).flat());

describe('a queue entry', () => {
  it('holds users in the order of their tickets, which count up from the first', () => {
    const acceptedAt = 1_795_000_000_123;
    expect(decode(good)).toEqual({
      id: '1-0',
      couponId: 7,
      claims: [
        { userId: 'alice', epoch: 2, ticket: 40, acceptedAt },
        { userId: 'bob', epoch: 2, ticket: 41, acceptedAt },
      ],
      traceContext: null,
    });
  });

  it('holds losses beside tickets, or alone', () => {
    const { t: _ticket, u: _users, ...without } = good;
    const ticketsOf = (fields: Record<string, string>) =>
      (decode(fields) as { claims: { userId: string; ticket: number | null }[] }).claims.map(
        ({ userId, ticket }) => [userId, ticket],
      );
    expect(ticketsOf({ ...good, l: 'carol' })).toEqual([
      ['alice', 40],
      ['bob', 41],
      ['carol', null],
    ]);
    expect(ticketsOf({ ...without, l: 'carol,dave' })).toEqual([
      ['carol', null],
      ['dave', null],
    ]);
  });

  it('carries the trace of the call that admitted them, and is read without one that is not valid', () => {
    const x = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    expect(decode({ ...good, x })).toMatchObject({ traceContext: x });
    expect(decode({ ...good, x: '00-abc-def-01' })).toMatchObject({ couponId: 7, traceContext: null });
  });

  it.each([
    ['no fields', {}],
    ['no coupon', { ...good, c: '' }],
    ['a coupon that is no id', { ...good, c: '07' }],
    ['an epoch that is no number', { ...good, e: 'x' }],
    ['epoch 0', { ...good, e: '0' }],
    ['a negative time', { ...good, a: '-1' }],
    ['a time with a fraction', { ...good, a: '1.5' }],
    ['users without a ticket', { c: '7', e: '2', a: '1', u: 'alice' }],
    ['ticket 0', { ...good, t: '0' }],
    ['nobody', { ...good, u: '' }],
    ['a ticket and nobody', { c: '7', e: '2', a: '1', t: '40' }],
  ] as [string, Record<string, string>][])(
    'with %s is unreadable, and keeps its raw fields',
    (_what, fields) => {
      expect(decode(fields)).toEqual({ id: '1-0', raw: fields, cause: expect.any(String) });
    },
  );
});
