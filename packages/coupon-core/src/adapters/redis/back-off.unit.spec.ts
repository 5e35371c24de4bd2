import { describe, expect, it } from '@jest/globals';
import { backOffMs } from './back-off.js';

const ALMOST_ONE = 1 - Number.EPSILON;

describe('the back-off of the lock', () => {
  it('has a bound that doubles, up to a last one', () => {
    const bounds = [0, 1, 2, 3, 4, 5, 1_000_000].map((attempt) => Math.round(backOffMs(attempt, ALMOST_ONE)));
    expect(bounds).toEqual([10, 20, 40, 80, 160, 200, 200]);
  });

  it('is anything below that bound', () => {
    expect([backOffMs(3, 0), backOffMs(3, 0.5)]).toEqual([0, 40]);
  });
});
