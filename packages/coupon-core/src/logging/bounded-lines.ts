import type { LogFn, Logger } from 'pino';
import { Repeats } from './repeats.js';

const INFO = 30;
const FATAL = 60;
const LINES_MAX = 20;
const KINDS_MAX = 200;

type LogMethod = (this: Logger, args: Parameters<LogFn>, method: LogFn, level: number) => void;

/**
 * Lets of all lines that differ by numbers only the first twenty of a minute pass, and says how many more there were: a
 * fault that meets everybody in a rush must not fill the disk. Whoever asks for `debug` gets all of it.
 */
export function boundedLines(): LogMethod {
  const repeats = new Repeats(LINES_MAX, KINDS_MAX);
  return function write(args, method, level) {
    const sumUp = (kind: string, times: number) => {
      method.apply(this, [{ kind, times }, 'More of the same within a minute.'] as never);
    };
    if (level < INFO || level >= FATAL || repeats.admits(kindOf(args, level), sumUp))
      method.apply(this, args);
  };
}

function kindOf([first, second]: readonly unknown[], level: number): string {
  const { context, route } = Object(first) as { context?: string; route?: string };
  const message = typeof first === 'string' ? first : String(second ?? '');
  return [level, context ?? route ?? '', message.replace(/\d+/g, '#')].join(' ');
}
