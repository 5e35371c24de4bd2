import { describe, expect, it } from '@jest/globals';
import type { CouponState } from './coupon.js';
import { mayMove } from './move-state.js';

const STATES: CouponState[] = ['DRAFT', 'OPEN', 'PAUSED', 'CLOSED'];
const ALLOWED = ['DRAFT→OPEN', 'DRAFT→CLOSED', 'OPEN→PAUSED', 'OPEN→CLOSED', 'PAUSED→OPEN', 'PAUSED→CLOSED'];

describe('moves of a coupon', () => {
  const all = STATES.flatMap((from) => STATES.map((to) => ({ from, to })));

  it.each(all)('$from → $to', ({ from, to }) => {
    expect(mayMove(from, to)).toBe(ALLOWED.includes(`${from}→${to}`));
  });
});
