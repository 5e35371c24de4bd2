// Negative controls: with a guard taken away, the exploration must find a broken invariant.
import type { Profile, Queue } from './campaign.js';
import { explore, type Run } from './explore.js';
import { GUARDS, type Guard } from './guards.js';
import { shorten } from './shorten.js';

export const ALL_GUARDS = Object.keys(GUARDS) as readonly Guard[];

/** What these prevent can only happen in a waiting line, or behind a topic. */
const OF_ONE_QUEUE: { readonly [guard in Guard]?: Queue } = {
  takePops: 'LINE',
  rebuildForgetsTaken: 'LINE',
  noTopicDrain: 'TOPIC',
  removeUnguarded: 'TOPIC',
};

export function profileOf(guard: Guard): Profile {
  const queue = OF_ONE_QUEUE[guard];
  return queue ? { queue } : {};
}

/** The first broken run without this guard, of `runs` seeds from `seed` on. */
export function findBroken(guard: Guard, runs: number, seed = 1): Run | null {
  for (let next = seed; next < seed + runs; next += 1) {
    const run = explore(next, profileOf(guard), { [guard]: true });
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
