// From a broken schedule to the few steps that break it.
import type { Campaign } from './campaign.js';
import type { Run } from './explore.js';
import { finish } from './finish.js';
import type { GuardsOff } from './guards.js';
import { overdueSteps, perform, type Schedule, type Step, stepText } from './steps.js';
import { createWorld, type Violation } from './world.js';

export interface Performed {
  /** The model's clock after the step. */
  readonly now: number;
  readonly step: Step;
}

export interface Replay {
  readonly violation: Violation | null;
  readonly performed: readonly Performed[];
}

/**
 * Performs a schedule again and ends the run. What was performed may be longer: where steps were left out of a
 * timely schedule, what is overdue must still come before the clock moves.
 */
export function replay(campaign: Campaign, schedule: Schedule, off: GuardsOff = {}): Replay {
  const world = createWorld(campaign, off);
  const performed: Performed[] = [];
  for (const step of schedule) {
    const due = campaign.timely && step.name === 'tick' ? overdueSteps(world) : [];
    for (const next of [...due, step]) {
      if (perform(world, next)) performed.push({ now: world.now, step: next });
    }
  }
  if (!world.violation) finish(world);
  return { violation: world.violation, performed };
}

/**
 * Leaves out ever smaller pieces of a schedule. Yields each attempt and must be told whether it still breaks; the
 * shortest one that did is returned. The caller drives it, so an attempt may as well be awaited.
 */
export function* attemptsToShorten(schedule: Schedule): Generator<Schedule, Schedule, boolean> {
  let best = schedule;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length; ) {
      const attempt = [...best.slice(0, at), ...best.slice(at + size)];
      if (yield attempt) best = attempt;
      else at += size;
    }
  }
  return best;
}

/** The shortest schedule found that breaks the run's invariant, performed. */
export function shorten({ campaign, schedule, violation }: Run, off: GuardsOff = {}): Replay {
  const breaks = (attempt: Schedule) =>
    replay(campaign, attempt, off).violation?.invariant === violation?.invariant;
  const attempts = attemptsToShorten(schedule);
  let next = attempts.next();
  while (!next.done) next = attempts.next(breaks(next.value));
  return replay(campaign, next.value, off);
}

/** What broke, in which campaign, and by which steps. */
export function describeViolation(run: Run, off: GuardsOff = {}): string {
  const { violation, performed } = shorten(run, off);
  return [
    `seed ${run.seed}: ${violation?.invariant} broken: ${violation?.text}`,
    `  campaign ${JSON.stringify(run.campaign)}`,
    ...performed.map(({ now, step }) => `  t=${now} ${stepText(step)}`),
    '  (then everything heals and everybody asks once more)',
  ].join('\n');
}
