import { parseArgs } from 'node:util';
import { PROCESSES_MAX, type ProcessCounts } from '../stack/app-processes.js';

/** The applications whose processes are counted, by flag. */
const APP_OF_FLAG = { 'api-processes': 'coupon-api', 'consumer-processes': 'coupon-consumer' } as const;

type ProcessFlag = keyof typeof APP_OF_FLAG;

export const PROCESS_OPTIONS = {
  'api-processes': { type: 'string' },
  'consumer-processes': { type: 'string' },
} as const;

/**
 * What the flags say; an application whose flag is missing is left out.
 * @throws for what is not a whole number in the range
 */
export function processCounts(values: Partial<Record<string, unknown>>): ProcessCounts {
  const counts: Record<string, number> = {};
  for (const flag of Object.keys(APP_OF_FLAG) as ProcessFlag[]) {
    if (values[flag] === undefined) continue;
    // A flag at the end, with no number behind it, is true.
    const text = values[flag] === true ? 'nothing' : String(values[flag]);
    const count = /^\d+$/.test(text) ? Number(text) : 0;
    if (count < 1 || count > PROCESSES_MAX) {
      throw new Error(`--${flag} is not a whole number between 1 and ${PROCESSES_MAX}: ${text}`);
    }
    counts[APP_OF_FLAG[flag]] = count;
  }
  return counts;
}

/**
 * Takes the flags out of those of another program.
 * @returns `rest`: what is left for that program, as it was given
 * @throws for a count that is missing or out of range
 */
export function takeProcessFlags(args: string[]): { counts: ProcessCounts; rest: string[] } {
  // pnpm passes the two dashes on that separate its own flags from ours.
  const own = args[0] === '--' ? args.slice(1) : args;
  const { values, tokens } = parseArgs({ args: own, options: PROCESS_OPTIONS, strict: false, tokens: true });
  const taken = new Set<number>();
  for (const token of tokens) {
    if (token.kind !== 'option' || !(token.name in PROCESS_OPTIONS)) continue;
    taken.add(token.index);
    if (!token.inlineValue) taken.add(token.index + 1);
  }
  return { counts: processCounts(values), rest: own.filter((_, index) => !taken.has(index)) };
}
