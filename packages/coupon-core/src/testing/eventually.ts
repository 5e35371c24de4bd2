import { setTimeout as sleep } from 'node:timers/promises';

const EVENTUALLY_MS_MAX = 60_000;
const POLL_MS = 5;

/** Asks again until the answer is right. @throws with the last answer after a minute */
export async function eventually<T>(ask: () => Promise<T>, right: T): Promise<void> {
  const deadlineAt = performance.now() + EVENTUALLY_MS_MAX;
  for (;;) {
    const answer = await ask();
    if (answer === right) return;
    if (performance.now() > deadlineAt) throw new Error(`It stayed ${answer} and did not become ${right}.`);
    await sleep(POLL_MS);
  }
}
