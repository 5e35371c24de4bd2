import type { EventEmitter } from 'node:events';
import type { Logger } from 'pino';

/** kafkajs sets timers for moments that are over, which then go off at once, as it wants them to. */
const HARMLESS = 'TimeoutNegativeWarning';

/** Node's warnings become lines of the log, where they would be text of its own on stderr, which nobody parses. */
export function logWarnings(log: Logger, runtime: EventEmitter = process): void {
  runtime.removeAllListeners('warning');
  runtime.on('warning', (warning: Error) => {
    log[warning.name === HARMLESS ? 'debug' : 'warn']({ err: warning }, warning.message);
  });
}
