import { describe, expect, it } from '@jest/globals';
import { compareFigures } from './compare-figures.js';
import { type Figure, figureOf } from './figure.js';
import type { FigureName } from './figure-definitions.js';

const figureWith = (name: FigureName, ...ratios: number[]): Figure =>
  figureOf(
    name,
    ratios.map((ratio) => ({ figure: name, ours: ratio, baseline: 1 })),
  );

const compare = (before: Figure, now: Figure) => compareFigures([before], [now])[0]!;

describe('the comparison with an earlier run', () => {
  it('finds a ratio that fell by more than the rounds differed', () => {
    const before = figureWith('v2-admit', 0.85, 0.9, 0.95);
    expect(compare(before, figureWith('v2-admit', 0.79, 0.79, 0.79)).fell).toBe(true);
    expect(compare(before, figureWith('v2-admit', 0.83, 0.83, 0.83)).fell).toBe(false);
  });

  it('does not blame the system for the noise of either run', () => {
    const before = figureWith('v2-admit', 0.9, 0.9, 0.9);
    expect(compare(before, figureWith('v2-admit', 0.5, 0.8, 0.95)).fell).toBe(false);
  });

  it('tolerates a tenth where one round has no spread', () => {
    const before = figureWith('drain', 1);
    expect(compare(before, figureWith('drain', 0.91)).fell).toBe(false);
    expect(compare(before, figureWith('drain', 0.89)).fell).toBe(true);
  });

  it('reads a rise as worse where less is better', () => {
    const before = figureWith('memory', 0.2);
    expect(compare(before, figureWith('memory', 0.3))).toMatchObject({ fell: true });
    expect(compare(before, figureWith('memory', 0.1))).toMatchObject({ fell: false });
    expect(compare(before, figureWith('memory', 0.3)).worseBy).toBeCloseTo(0.1);
  });

  it('never calls a gain a fall', () => {
    expect(compare(figureWith('v1', 6), figureWith('v1', 12))).toMatchObject({ worseBy: -6, fell: false });
  });

  it('leaves out what only one of the runs has', () => {
    expect(compareFigures([figureWith('v1', 1)], [figureWith('drain', 1)])).toEqual([]);
  });
});
