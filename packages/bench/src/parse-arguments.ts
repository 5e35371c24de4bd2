import { FIGURES_USAGE, type FigureOptions, figureOptions } from './figures/figure-options.js';
import { readFlags, UsageError, wholeNumber } from './read-flags.js';
import { CHAOS } from './rush/chaos.js';
import type { Door } from './rush/doors.js';

export interface RushOptions {
  command: 'rush';
  users: number;
  repeats: number;
  total: number;
  connections: number;
  doors: Door[];
  /** Requests in front of each phase, on a coupon of their own, that are not measured. */
  warmup: number;
  seed: number;
  runs: number;
  jsonFile: string | null;
  /** What happens to the system meanwhile, by its name in `CHAOS`. */
  chaos: string | null;
  /** Of the last run; SVG. */
  pictureFile: string | null;
}

export interface MemoryOptions {
  command: 'memory';
  users: number;
  connections: number;
  seed: number;
  jsonFile: string | null;
}

export type BenchOptions = RushOptions | MemoryOptions | FigureOptions;

const CHAOS_NAMES = Object.keys(CHAOS).join(', ');

export const USAGE = `usage: rush [flags]      a rush on both doors, checked for exactness
         --users N         distinct users (50000)
         --repeats N       requests on top by users who ask again (2500)
         --total N         units on sale (1000)
         --connections N   connections of the closed loop (64)
         --door v1|v2|both (both)
         --warmup N        requests before each phase that are not measured (5000)
         --seed N          order of the requests; printed, so that a run can be repeated (random)
         --runs N          repeat all of it and print medians (1)
         --json FILE       write figures and checks to a file
         --chaos NAME      do something to the system meanwhile: ${CHAOS_NAMES}
         --picture FILE    draw rate and latency over the (last) rush, as SVG
       memory [flags]    bytes of Redis per issued user
         --users N         users, each of whom is issued a coupon (1000000)
         --connections N, --seed N, --json FILE as above
${FIGURES_USAGE}`;

const DOORS: Record<string, Door[]> = { v1: ['v1'], v2: ['v2'], both: ['v2', 'v1'] };
const SEED_MAX = 2 ** 32 - 1;

const common = {
  connections: { type: 'string' },
  seed: { type: 'string' },
  json: { type: 'string' },
} as const;
const rushFlags = {
  users: { type: 'string' },
  repeats: { type: 'string' },
  total: { type: 'string' },
  door: { type: 'string' },
  warmup: { type: 'string' },
  runs: { type: 'string' },
  chaos: { type: 'string' },
  picture: { type: 'string' },
  ...common,
} as const;
const memoryFlags = { users: { type: 'string' }, ...common } as const;

/** `randomSeed` is used where the command line names none. */
export function parseArguments(argv: readonly string[], randomSeed: number): BenchOptions {
  const [command, ...flags] = argv;
  switch (command) {
    case 'rush':
      return rushOptions(flags, randomSeed);
    case 'memory':
      return memoryOptions(flags, randomSeed);
    case 'figures':
      return figureOptions(flags, randomSeed);
    default:
      throw new UsageError(
        command === undefined ? 'A command is missing.' : `There is no command "${command}".`,
      );
  }
}

function rushOptions(args: string[], randomSeed: number): RushOptions {
  const flags = readFlags(args, rushFlags);
  const doors = DOORS[flags.door ?? 'both'];
  if (!doors) throw new UsageError(`--door is v1, v2 or both, not "${flags.door}".`);
  if (flags.chaos !== undefined && !Object.hasOwn(CHAOS, flags.chaos))
    throw new UsageError(`--chaos is one of ${CHAOS_NAMES}, not "${flags.chaos}".`);
  return {
    command: 'rush',
    users: wholeNumber('--users', flags.users, 50_000, 1, 10_000_000),
    repeats: wholeNumber('--repeats', flags.repeats, 2_500, 0, 10_000_000),
    total: wholeNumber('--total', flags.total, 1_000, 1, 10_000_000),
    connections: wholeNumber('--connections', flags.connections, 64, 1, 10_000),
    doors,
    warmup: wholeNumber('--warmup', flags.warmup, 5_000, 0, 10_000_000),
    seed: wholeNumber('--seed', flags.seed, randomSeed, 0, SEED_MAX),
    runs: wholeNumber('--runs', flags.runs, 1, 1, 1_000),
    jsonFile: flags.json ?? null,
    chaos: flags.chaos ?? null,
    pictureFile: flags.picture ?? null,
  };
}

function memoryOptions(args: string[], randomSeed: number): MemoryOptions {
  const flags = readFlags(args, memoryFlags);
  return {
    command: 'memory',
    users: wholeNumber('--users', flags.users, 1_000_000, 1, 10_000_000),
    connections: wholeNumber('--connections', flags.connections, 64, 1, 10_000),
    seed: wholeNumber('--seed', flags.seed, randomSeed, 0, SEED_MAX),
    jsonFile: flags.json ?? null,
  };
}
