import { median } from '../load/latency-figures.js';
import type { RushOptions } from '../parse-arguments.js';
import type { Check } from './check-exactness.js';
import { DOORS } from './doors.js';
import { count, figure } from './number-format.js';
import { medianFigures, type PhaseFigures } from './phase-figures.js';
import type { DoorResult, RushRun } from './run-rush.js';
import { table } from './table.js';

const AVERAGE_MS_TARGET = 45;
const MAX_MS_TARGET = 150;

/** Nothing is true of the rush that is not true of every run of it. */
export const isExact = (runs: readonly RushRun[]): boolean =>
  runs.every((run) => run.doors.every((door) => door.checks.every((check) => check.passed)));

export function rushReport(options: RushOptions, runs: readonly RushRun[]): string {
  const doors = options.doors.map((_, index) => runs.map((run) => run.doors[index]!));
  return [
    figuresTable(runs, doors),
    ...doors.map(targetLine),
    '',
    ...doors.flatMap(chaosLines),
    ...doors.flatMap((results) => [`checks on ${DOORS[results[0]!.door].title}`, ...checkLines(results), '']),
    verdict(options, runs),
    '',
  ].join('\n');
}

type Cells = [label: string, bare: string, ...doors: string[]];

function figuresTable(runs: readonly RushRun[], doors: DoorResult[][]): string {
  const bare = medianFigures(runs.map((run) => run.bare));
  const medians = doors.map((results) => medianFigures(results.map((result) => result.figures)));
  const header = ['', 'bare route', ...doors.flatMap((results) => [DOORS[results[0]!.door].title, '÷ bare'])];

  const measured = (label: string, name: keyof PhaseFigures): Cells => [
    label,
    figure(bare[name]),
    ...medians.flatMap((own, door) => {
      const ratios = runs.map((run) => run.doors[door]!.figures[name] / run.bare[name]);
      return [figure(own[name]), figure(median(ratios))];
    }),
  ];
  const counted = (label: string, of: (result: DoorResult) => number | null): Cells => [
    label,
    '',
    ...doors.flatMap((results) => [medianOrNever(results.map(of)), '']),
  ];
  const title = runs.length > 1 ? `median of ${runs.length} runs` : 'one run';
  return table(
    [title, ...header.slice(1)],
    [
      measured('requests', 'requests').map((cell, column) => (column > 1 && column % 2 === 1 ? '' : cell)),
      measured('requests/s', 'requestsPerSecond'),
      measured('latency, average, ms', 'averageMs'),
      measured('latency, p50, ms', 'p50Ms'),
      measured('latency, p99, ms', 'p99Ms'),
      measured('latency, max, ms', 'maxMs'),
      counted('accepted', (result) => result.tally.accepted),
      counted('sold out', (result) => result.tally.soldOut),
      counted('repeats that read the same claim', (result) => result.tally.sameClaim),
      counted('duplicates', (result) => result.tally.duplicates),
      counted('errors', (result) => result.tally.errors),
      counted('last answer → all in the database, ms at most', (result) => result.persistedAfterMs),
      measured('serving (API + gate), CPU µs per request', 'servingCpuMicrosPerRequest'),
      measured('generator, CPU µs per request', 'generatorCpuMicrosPerRequest'),
      measured('generator, % of one core', 'generatorBusyPercent'),
    ],
  );
}

function medianOrNever(values: (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  return known.length < values.length ? 'never' : count(median(known));
}

/** Shown, and no part of the exit status: how fast this machine is today is not the system's fault. */
function targetLine(results: DoorResult[]): string {
  const { averageMs, maxMs } = medianFigures(results.map((result) => result.figures));
  const average = `${mark(averageMs < AVERAGE_MS_TARGET)} average ${figure(averageMs)} < ${AVERAGE_MS_TARGET} ms`;
  const max = `${mark(maxMs < MAX_MS_TARGET)} maximum ${figure(maxMs)} < ${MAX_MS_TARGET} ms`;
  return `target ${DOORS[results[0]!.door].title}: ${average}   ${max}`;
}

function chaosLines(results: DoorResult[]): string[] {
  const done = results.flatMap(({ chaos }) => chaos.map((line) => `  ${line}`));
  return done.length === 0 ? [] : [`meanwhile on ${DOORS[results[0]!.door].title}`, ...done, ''];
}

function checkLines(results: DoorResult[]): string[] {
  return results[0]!.checks.map((first, index) => {
    const all = results.map((result) => result.checks[index]!);
    const missed = all.find((check) => !check.passed);
    const inRuns =
      missed && all.length > 1
        ? ` (in ${all.filter((check) => !check.passed).length} of ${all.length} runs)`
        : '';
    return checkLine(missed ?? first) + inRuns;
  });
}

export const checkLine = ({ passed, name, found }: Check): string => `  ${mark(passed)} ${name}: ${found}`;

const mark = (good: boolean): string => (good ? '✓' : '✗');

function verdict(options: RushOptions, runs: readonly RushRun[]): string {
  const results = runs.flatMap((run) => run.doors);
  const missed = results.flatMap((result) => result.checks).filter((check) => !check.passed).length;
  if (missed > 0)
    return `NOT EXACT: ${missed} ${missed === 1 ? 'check' : 'checks'} missed (seed ${options.seed}).`;
  const requests = results.reduce((sum, result) => sum + result.figures.requests, 0);
  const accepted = results.reduce((sum, result) => sum + result.tally.accepted, 0);
  return `EXACT: ${count(requests)} requests, ${count(accepted)} coupons, each given once, none lost, none too many (seed ${options.seed}).`;
}
