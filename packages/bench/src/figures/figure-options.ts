import { readWordsAndFlags, UsageError, wholeNumber } from '../read-flags.js';
import { GROWTH_NAMES, MEASUREMENT_NAMES, type MeasurementName, USUAL_NAMES } from './figure-definitions.js';

export interface FigureOptions {
  command: 'figures';
  names: MeasurementName[];
  /** How long each side of a round is loaded. */
  seconds: number;
  rounds: number;
  connections: number;
  /** null: as many as each measurement that counts users takes by itself. */
  users: number | null;
  /** Units of `million`. */
  total: number;
  /** Of the smaller table of `growth-rows`. */
  rows: number;
  /** Of `soak`. */
  minutes: number;
  seed: number;
  jsonFile: string | null;
  compare: boolean;
}

export const FIGURES_USAGE = `       figures [names] [flags]   each figure as a ratio to its baseline in the same run
         names             ${USUAL_NAMES.join(' ')} (all of these);
                           growth for all that begin with it; million; rebuild; soak; queue;
                           metrics-cost
         --seconds N       load on each side of a round (2)
         --rounds N        baseline and system by turns, so many times (5)
         --users N         users of \`memory\` (100000), of the larger case of \`growth-users\` (200000),
                           of \`million\` (1000000), issues of \`rebuild\` (200000)
         --total N         units of \`million\` (10000)
         --rows N          rows of the smaller table of \`growth-rows\` (100000)
         --minutes N       of \`soak\` (5); 0.5 is half a minute
         --compare         show what fell since packages/bench/baseline.json
         --connections N, --seed N, --json FILE as above`;

const flags = {
  seconds: { type: 'string' },
  rounds: { type: 'string' },
  users: { type: 'string' },
  total: { type: 'string' },
  rows: { type: 'string' },
  minutes: { type: 'string' },
  connections: { type: 'string' },
  seed: { type: 'string' },
  json: { type: 'string' },
  compare: { type: 'boolean' },
} as const;

export function figureOptions(args: string[], randomSeed: number): FigureOptions {
  const { values, positionals } = readWordsAndFlags(args, flags, true);
  return {
    command: 'figures',
    names: namesOf(positionals),
    seconds: wholeNumber('--seconds', values.seconds, 2, 1, 600),
    rounds: wholeNumber('--rounds', values.rounds, 5, 1, 100),
    users: values.users === undefined ? null : wholeNumber('--users', values.users, 0, 1, 10_000_000),
    total: wholeNumber('--total', values.total, 10_000, 1, 10_000_000),
    rows: wholeNumber('--rows', values.rows, 100_000, 1, 2_000_000),
    minutes: fewMinutes(values.minutes),
    connections: wholeNumber('--connections', values.connections, 64, 1, 10_000),
    seed: wholeNumber('--seed', values.seed, randomSeed, 0, 2 ** 32 - 1),
    jsonFile: values.json ?? null,
    compare: values.compare ?? false,
  };
}

function fewMinutes(text: string | undefined): number {
  if (text === undefined) return 5;
  const minutes = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (minutes > 0) return minutes;
  throw new UsageError(`--minutes is a number above 0 and below 10000, such as 0.5, not "${text}".`);
}

/** In the given order, each once; the usual ones where none is named. `growth` names three of them. */
function namesOf(words: readonly string[]): MeasurementName[] {
  if (words.length === 0) return [...USUAL_NAMES];
  const names = words.flatMap((word) => (word === 'growth' ? GROWTH_NAMES : word));
  const unknown = names.filter((name) => !isName(name));
  if (unknown.length > 0) {
    throw new UsageError(
      `There is no figure "${unknown.join('", "')}"; there are ${MEASUREMENT_NAMES.join(', ')}.`,
    );
  }
  return [...new Set(names.filter(isName))];
}

function isName(word: string): word is MeasurementName {
  return (MEASUREMENT_NAMES as readonly string[]).includes(word);
}
