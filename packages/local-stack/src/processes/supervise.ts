import { type ProcessGroup, StoppingError } from './process-group.js';
import { whenPackageManagerEnds } from './when-package-manager-ends.js';

/**
 * One Ctrl-C may arrive more than once: from the terminal and from each package manager above this process.
 * Only one that comes later is a second one.
 */
const SECOND_SIGNAL_AFTER_MS = 1_000;

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Does the work until it is done, a process of the group crashes, a signal asks to stop, or the package manager
 * that runs it is gone; then stops the group. A second signal ends everything at once.
 * @param stoppedStatus the exit status after a signal
 * @returns the exit status: that of the work, 1 after a crash or an error
 */
export async function supervise(
  group: ProcessGroup,
  work: () => Promise<number>,
  stoppedStatus: number,
): Promise<number> {
  const signals = listenForSignals(group);
  const working = work();
  // When the race is lost, the work fails because its processes are being stopped; that is no news.
  working.catch(() => {});
  try {
    return await Promise.race([
      working,
      signals.first.then(() => stoppedStatus),
      group.crashed.then((crashed) => {
        throw new Error(crashed.describeExit());
      }),
    ]);
  } catch (error) {
    if (!(error instanceof StoppingError)) console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    await group.stopAll();
    signals.stopListening();
  }
}

function listenForSignals(group: ProcessGroup): { first: Promise<void>; stopListening: () => void } {
  let firstMs: number | undefined;
  let stopWanted: () => void = () => {};
  const first = new Promise<void>((resolve) => {
    stopWanted = () => {
      firstMs ??= performance.now();
      resolve();
    };
  });
  const onSignal = () => {
    if (firstMs !== undefined && performance.now() - firstMs >= SECOND_SIGNAL_AFTER_MS) group.killAll();
    stopWanted();
  };
  for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  // It often ends by the same Ctrl-C, and must not count as a second one.
  const stopLooking = whenPackageManagerEnds(stopWanted);
  const stopListening = () => {
    for (const signal of STOP_SIGNALS) process.off(signal, onSignal);
    stopLooking();
  };
  return { first, stopListening };
}
