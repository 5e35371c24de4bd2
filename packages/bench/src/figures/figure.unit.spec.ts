import { describe, expect, it } from '@jest/globals';
import { figureOf, figuresOf, type Sample } from './figure.js';

const sample = (ours: number, baseline: number, more: Partial<Sample> = {}): Sample => ({
  figure: 'v2-refuse',
  ours,
  baseline,
  ...more,
});

describe('a figure over the rounds of a run', () => {
  it('takes the median of the ratios of each round, not the ratio of the medians', () => {
    const figure = figureOf('v2-refuse', [sample(90, 100), sample(20, 40), sample(50, 200)]);
    expect(figure).toMatchObject({ ours: 50, baseline: 100, ratio: 0.5, rounds: 3 });
    expect(figure.spread).toEqual({ min: 0.25, max: 0.9 });
  });

  it('meets a ratio that is reached exactly, and misses the one below', () => {
    expect(figureOf('v2-refuse', [sample(95, 100)]).met).toBe(true);
    expect(figureOf('v2-refuse', [sample(94.9, 100)]).met).toBe(false);
  });

  it('turns the comparison round where less is better', () => {
    expect(figureOf('v2-admit-cpu', [sample(12, 10)]).met).toBe(true);
    expect(figureOf('v2-admit-cpu', [sample(12.1, 10)]).met).toBe(false);
  });

  it('judges bytes by themselves, whatever the baseline takes', () => {
    expect(figureOf('memory', [sample(16, 1)]).met).toBe(true);
    expect(figureOf('memory', [sample(16.1, 1_000)]).met).toBe(false);
  });

  it('judges nothing where there is no target', () => {
    expect(figureOf('v2-admit-script', [sample(1, 1_000)])).toMatchObject({ target: null, met: null });
  });

  it('shows costs by process, as medians, and none where none was measured', () => {
    const costly = (api: number) => sample(1, 1, { oursCpu: { api, redis: 2 }, oursGeneratorPercent: api });
    const figure = figureOf('v2-refuse', [costly(30), costly(10), costly(20)]);
    expect(figure.oursCpu).toEqual({ api: 20, redis: 2 });
    expect(figure.oursGeneratorPercent).toBe(20);
    expect(figure.baselineCpu).toEqual({});
    expect(figure.baselineGeneratorPercent).toBeNull();
  });

  it('keeps figures apart, in the order in which they came', () => {
    const samples = [
      sample(1, 2, { figure: 'v2-win' }),
      sample(1, 4, { figure: 'v1' }),
      sample(1, 2, { figure: 'v2-win' }),
    ];
    expect(figuresOf(samples).map(({ name, rounds }) => [name, rounds])).toEqual([
      ['v2-win', 2],
      ['v1', 1],
    ]);
  });
});
