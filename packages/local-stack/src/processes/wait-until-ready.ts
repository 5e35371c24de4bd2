import { setTimeout as sleep } from 'node:timers/promises';
import type { ManagedProcess } from './managed-process.js';

const PAUSE_MS = 100;

/** An answer that waiting will not change, such as a wrong password. */
export class FinalAnswerError extends Error {}

export interface Readiness {
  name: string;
  waitMsMax: number;
  /** Rejects as long as it is not ready. */
  probe: () => Promise<void>;
  /** When this process ends, waiting ends at once. */
  process?: ManagedProcess;
}

/** @throws when the process ends, when the probe gives a final answer, and when the time is over */
export async function waitUntilReady({ name, waitMsMax, probe, process }: Readiness): Promise<void> {
  const endMs = performance.now() + waitMsMax;
  for (;;) {
    const problem = await probe().then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
    if (process?.exit) throw new Error(`${process.describeExit()}`);
    if (!problem) return;
    if (problem instanceof FinalAnswerError) throw new Error(`${name} refuses us: ${problem.message}`);
    if (performance.now() >= endMs) {
      throw new Error(`${name} was not ready after ${waitMsMax / 1000} s: ${problem.message}`);
    }
    await sleep(PAUSE_MS);
  }
}
