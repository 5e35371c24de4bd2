import { expect } from '@jest/globals';
import { checkOutcome, type Expected } from './check-outcome.js';
import type { Crowd } from './crowd.js';
import type { PrivateSystem } from './private-system.js';
import { isQuiet, type Outcome, readOutcome } from './read-outcome.js';
import { until } from './until.js';

/**
 * The end of every story: all claims become final, the queue runs empty, the gate agrees with the rows, what users
 * were told is what the rows say, and no process has called for help meanwhile.
 */
export async function expectExact(system: PrivateSystem, crowd: Crowd, expected: Expected): Promise<Outcome> {
  await crowd.awaitFinal();
  await untilQuiet(system, crowd.couponId);
  await crowd.everybodyLooksUp();
  const outcome = await readOutcome(system, crowd.couponId);
  expect(checkOutcome(outcome, crowd.told, expected)).toEqual([]);
  expect(crowd.told.problems).toEqual([]);
  expect(system.errorsLogged()).toEqual([]);
  return outcome;
}

async function untilQuiet(system: PrivateSystem, couponId: number): Promise<void> {
  let last: Outcome | undefined;
  await until('queue, gate and rows agree', async () => {
    last = await readOutcome(system, couponId);
    return isQuiet(last);
  }).catch((cause: unknown) => {
    // What exactly disagrees is found, and said better, by the check.
    if (!last) throw cause;
  });
}
