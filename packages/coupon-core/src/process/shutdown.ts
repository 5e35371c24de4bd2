import type { Logger } from 'pino';

export interface ShutdownStep {
  name: string;
  run(): Promise<void> | void;
}

/**
 * Runs the steps in order at the first SIGTERM or SIGINT and exits 0. Exits 1 where a step failed, or where all of
 * them together took longer than `deadlineMs`.
 */
export function shutDownOnSignal(steps: readonly ShutdownStep[], deadlineMs: number, log: Logger): void {
  let begun = false;
  const begin = (signal: string) => {
    if (begun) return;
    begun = true;
    log.info({ signal }, 'Shutting down.');
    setTimeout(() => {
      log.error({ deadlineMs }, 'The shutdown took too long; what was left is abandoned.');
      process.exit(1);
    }, deadlineMs);
    void runInOrder(steps, log).then((succeeded) => {
      log.info('Shut down.');
      process.exit(succeeded ? 0 : 1);
    });
  };
  process.on('SIGTERM', begin);
  process.on('SIGINT', begin);
}

/** A step that fails does not keep the later ones from running. */
export async function runInOrder(steps: readonly ShutdownStep[], log: Logger): Promise<boolean> {
  let succeeded = true;
  for (const { name, run } of steps) {
    try {
      await run();
    } catch (cause) {
      succeeded = false;
      log.error({ err: cause, step: name }, 'A step of the shutdown failed.');
    }
  }
  return succeeded;
}

/** Whatever nobody has caught leaves the process in a state that nobody knows. */
export function exitOnUncaught(log: Logger): void {
  process.on('uncaughtException', (cause) => {
    log.fatal({ err: cause }, 'An error was not caught.');
    process.exit(1);
  });
  process.on('unhandledRejection', (cause) => {
    log.fatal({ err: cause }, 'A rejection was not handled.');
    process.exit(1);
  });
}
