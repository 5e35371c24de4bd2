import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;
/** Far longer than anything waited for takes: only what never happens reaches it, also on a slow machine. */
const WAIT_MS_MAX = 120_000;

/** For one test; the same holds for it. */
export const STORY_MS_MAX = 300_000;

/**
 * Asks again and again until the answer is not `undefined`, `null` or `false`, and returns it. An error counts as
 * "not yet", because what is waited for is often a server that is coming back.
 * @throws after two minutes, naming what did not happen and the last error
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T> | T,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + WAIT_MS_MAX;
  let cause: unknown;
  while (performance.now() < deadline) {
    try {
      const answer = await ask();
      cause = undefined;
      if (answer !== undefined && answer !== null && answer !== false) {
        return answer as NonNullable<Exclude<T, false>>;
      }
    } catch (error) {
      cause = error;
    }
    await sleep(POLL_MS);
  }
  throw new Error(`In ${WAIT_MS_MAX / 1_000} s it did not happen that ${what}.`, { cause });
}
