import { describe, expect, it } from '@jest/globals';
import { backoffMs } from './backoff.js';

const BACKOFF = { firstMs: 100, maxMs: 1_000 };

describe('a back-off', () => {
  it('doubles up to its bound, with half of it by chance', () => {
    const all = (chance: number) => [1, 2, 3, 4, 5, 60].map((n) => backoffMs(BACKOFF, n, () => chance));
    expect(all(0)).toEqual([50, 100, 200, 400, 500, 500]);
    expect(all(1)).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });
});
