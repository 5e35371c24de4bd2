import type { Figure } from './figure.js';

export interface Comparison {
  name: string;
  before: number;
  now: number;
  /** How much worse the ratio became, in its own units; negative: it became better. */
  worseBy: number;
  tolerance: number;
  fell: boolean;
}

/**
 * Of the earlier ratio. A figure of one round has no spread, and yet no two runs agree to the last digit: the plain
 * keys beside `memory` took 89 and 95 bytes in two runs, by how full Redis's key table was.
 */
const LEAST_TOLERANCE_SHARE = 0.1;

/** What a figure must lose before it is more than noise: the wider spread of the two runs. */
const toleranceOf = (before: Figure, now: Figure): number =>
  Math.max(widthOf(before), widthOf(now), before.ratio * LEAST_TOLERANCE_SHARE);

const widthOf = ({ spread }: Figure): number => spread.max - spread.min;

/** Figures that only one of the two runs has are left out: there is nothing to compare them with. */
export function compareFigures(before: readonly Figure[], now: readonly Figure[]): Comparison[] {
  return now.flatMap((figure) => {
    const earlier = before.find(({ name }) => name === figure.name);
    if (!earlier) return [];
    const gained = figure.ratio - earlier.ratio;
    const worseBy = figure.better === 'higher' ? -gained : gained;
    const tolerance = toleranceOf(earlier, figure);
    return {
      name: figure.name,
      before: earlier.ratio,
      now: figure.ratio,
      worseBy,
      tolerance,
      fell: worseBy > tolerance,
    };
  });
}
