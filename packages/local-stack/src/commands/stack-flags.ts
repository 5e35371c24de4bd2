import { parseArgs } from 'node:util';
import { PROCESSES_MAX, type ProcessCounts } from '../stack/app-processes.js';

/** The applications whose processes are counted, by flag. */
const APP_OF_FLAG = { 'api-processes': 'coupon-api', 'consumer-processes': 'coupon-consumer' } as const;

type ProcessFlag = keyof typeof APP_OF_FLAG;

const QUEUE_DRIVERS = ['redis-stream', 'redis-zset', 'kafka'];

export const STACK_OPTIONS = {
  'api-processes': { type: 'string' },
  'consumer-processes': { type: 'string' },
  queue: { type: 'string' },
} as const;

/** What flags say about the stack that is to be started. */
export interface StackFlags {
  processes: ProcessCounts;
  /** Settings that flags stand for, as the environment would have them. */
  settings: { QUEUE_DRIVER?: string };
}

/**
 * An application or a setting whose flag is missing is left out.
 * @throws for what is not a whole number in the range, and for an unknown queue driver
 */
export function stackFlags(values: Partial<Record<string, unknown>>): StackFlags {
  return { processes: processCounts(values), settings: queueSetting(values.queue) };
}

/**
 * Takes the flags out of those of another program.
 * @returns `rest`: what is left for that program, as it was given
 * @throws for a value that is missing or out of range
 */
export function takeStackFlags(args: string[]): { flags: StackFlags; rest: string[] } {
  // pnpm passes the two dashes on that separate its own flags from ours.
  const own = args[0] === '--' ? args.slice(1) : args;
  const { values, tokens } = parseArgs({ args: own, options: STACK_OPTIONS, strict: false, tokens: true });
  const taken = new Set<number>();
  for (const token of tokens) {
    if (token.kind !== 'option' || !(token.name in STACK_OPTIONS)) continue;
    taken.add(token.index);
    if (!token.inlineValue) taken.add(token.index + 1);
  }
  return { flags: stackFlags(values), rest: own.filter((_, index) => !taken.has(index)) };
}

function processCounts(values: Partial<Record<string, unknown>>): ProcessCounts {
  const counts: Record<string, number> = {};
  for (const flag of Object.keys(APP_OF_FLAG) as ProcessFlag[]) {
    if (values[flag] === undefined) continue;
    const text = textOf(values[flag]);
    const count = /^\d+$/.test(text) ? Number(text) : 0;
    if (count < 1 || count > PROCESSES_MAX) {
      throw new Error(`--${flag} is not a whole number between 1 and ${PROCESSES_MAX}: ${text}`);
    }
    counts[APP_OF_FLAG[flag]] = count;
  }
  return counts;
}

function queueSetting(value: unknown): StackFlags['settings'] {
  if (value === undefined) return {};
  const driver = textOf(value);
  if (!QUEUE_DRIVERS.includes(driver)) {
    throw new Error(`--queue is none of ${QUEUE_DRIVERS.join(', ')}: ${driver}`);
  }
  return { QUEUE_DRIVER: driver };
}

/** A flag at the end, with no value behind it, is true. */
const textOf = (value: unknown): string => (value === true ? 'nothing' : String(value));
