import { readWordsAndFlags, UsageError, wholeNumber } from '../read-flags.js';
import { MEASUREMENT_NAMES, type MeasurementName } from './figure-definitions.js';

export interface FigureOptions {
  command: 'figures';
  names: MeasurementName[];
  /** How long each side of a round is loaded. */
  seconds: number;
  rounds: number;
  connections: number;
  /** Of `memory`. */
  users: number;
  seed: number;
  jsonFile: string | null;
  compare: boolean;
}

export const FIGURES_USAGE = `       figures [names] [flags]   each figure as a ratio to its baseline in the same run
         names             ${MEASUREMENT_NAMES.join(' ')} (all)
         --seconds N       load on each side of a round (2)
         --rounds N        baseline and system by turns, so many times (5)
         --users N         users of \`memory\` (100000)
         --compare         show what fell since packages/bench/baseline.json
         --connections N, --seed N, --json FILE as above`;

const flags = {
  seconds: { type: 'string' },
  rounds: { type: 'string' },
  users: { type: 'string' },
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
    users: wholeNumber('--users', values.users, 100_000, 1, 10_000_000),
    connections: wholeNumber('--connections', values.connections, 64, 1, 10_000),
    seed: wholeNumber('--seed', values.seed, randomSeed, 0, 2 ** 32 - 1),
    jsonFile: values.json ?? null,
    compare: values.compare ?? false,
  };
}

/** In the given order, each once; all of them where none is named. */
function namesOf(words: readonly string[]): MeasurementName[] {
  if (words.length === 0) return [...MEASUREMENT_NAMES];
  const unknown = words.filter((word) => !isName(word));
  if (unknown.length > 0) {
    throw new UsageError(
      `There is no figure "${unknown.join('", "')}"; there are ${MEASUREMENT_NAMES.join(', ')}.`,
    );
  }
  return [...new Set(words.filter(isName))];
}

function isName(word: string): word is MeasurementName {
  return (MEASUREMENT_NAMES as readonly string[]).includes(word);
}
