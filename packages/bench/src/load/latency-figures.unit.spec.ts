import { describe, expect, it } from '@jest/globals';
import { latencyFigures, median, percentile } from './latency-figures.js';

const oneTo = (last: number) => Float64Array.from({ length: last }, (_, index) => index + 1);

describe('latency figures', () => {
  it('are exact by nearest rank', () => {
    const values = oneTo(1_000).reverse();
    expect(latencyFigures(values)).toEqual({ averageMs: 500.5, p50Ms: 500, p99Ms: 990, maxMs: 1_000 });
  });

  it('leave the recorded order alone', () => {
    const values = Float64Array.of(3, 1, 2);
    latencyFigures(values);
    expect([...values]).toEqual([3, 1, 2]);
  });

  it('round the rank up, never down', () => {
    expect(percentile(oneTo(101), 99)).toBe(100);
    expect(percentile(oneTo(3), 50)).toBe(2);
    expect(percentile(oneTo(1), 99)).toBe(1);
    expect(percentile(oneTo(10), 100)).toBe(10);
  });

  it('are zero where nothing was answered', () => {
    expect(latencyFigures(new Float64Array(0)).maxMs).toBe(0);
  });

  it('sort by value, not by text', () => {
    expect(median([10, 9, 100])).toBe(10);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});
