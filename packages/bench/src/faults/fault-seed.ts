import { randomInt } from 'node:crypto';
import { seededRandom } from '../load/seeded-random.js';

export interface Dice {
  /** In [0, 1). */
  next(): number;
  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number;
  shuffled<T>(items: readonly T[]): T[];
}

/**
 * The dice of one test, thrown from a seed that is printed. `FAULT_SEED=<number>` repeats a run as far as its dice
 * go; when exactly a signal reaches a process remains the machine's.
 */
export function diceOf(test: string): Dice {
  const given = process.env.FAULT_SEED;
  const seed = given === undefined || given === '' ? randomInt(2 ** 32) : Number(given) >>> 0;
  process.stdout.write(`${test}: FAULT_SEED=${seed}\n`);
  const next = seededRandom(seed);
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    between,
    shuffled: (items) => {
      const mixed = [...items];
      for (let last = mixed.length - 1; last > 0; last--) {
        const other = between(0, last);
        [mixed[last], mixed[other]] = [mixed[other]!, mixed[last]!];
      }
      return mixed;
    },
  };
}
