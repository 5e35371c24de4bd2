// Negative controls: with a guard taken away, the exploration must find a broken invariant.
import { explore, type Run } from './explore.js';
import { GUARDS, type Guard } from './guards.js';
import { shorten } from './shorten.js';

export const ALL_GUARDS = Object.keys(GUARDS) as readonly Guard[];

/** The first broken run without this guard, of `runs` seeds from `seed` on. */
export function findBroken(guard: Guard, runs: number, seed = 1): Run | null {
  for (let next = seed; next < seed + runs; next += 1) {
    const run = explore(next, {}, { [guard]: true });
    if (run.violation) return run;
  }
  return null;
}

/** One line on what came of a control. */
export function describeControl(guard: Guard, run: Run | null): string {
  const result = run?.violation
    ? `${run.violation.invariant} after ${run.seed} runs, ${shorten(run, { [guard]: true }).performed.length} steps`
    : 'NOT FOUND';
  return `${guard.padEnd(26)} ${result.padEnd(32)} ${GUARDS[guard]}`;
}
