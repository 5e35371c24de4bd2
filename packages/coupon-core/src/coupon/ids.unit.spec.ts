import { describe, expect, it } from '@jest/globals';
import { parseCouponId, parseUserId } from './ids.js';

describe('a coupon id', () => {
  it('is a whole number from 1 to 2^53 − 1 in plain digits', () => {
    expect(parseCouponId('1')).toBe(1);
    expect(parseCouponId('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each([
    '',
    '0',
    '01',
    '-1',
    '+1',
    '1.0',
    '1e3',
    ' 1',
    '1\n',
    '0x1',
    '9007199254740992',
    '10000000000000000',
  ])('is not %j', (text) => {
    expect(parseCouponId(text)).toBeNull();
  });
});

describe('a user id', () => {
  it.each([
    '1',
    'a',
    '0190c3a2-8f5e-7c3b-a9d1-1f0c2d3e4f50',
    'auth0|5f7c8ec7',
    'a.b_c:d@e-f',
    'x'.repeat(64),
  ])('may be %j', (text) => {
    expect(parseUserId(text)).toBe(text);
  });

  // A comma separates users in a queue entry, and every other character here would need quoting somewhere.
  it.each(['', 'x'.repeat(65), 'a,b', 'a b', "a'b", 'a\n', 'ä', 'a/b', 'a{b}', 12, null, undefined, ['a']])(
    'is not %j',
    (text) => {
      expect(parseUserId(text)).toBeNull();
    },
  );
});
