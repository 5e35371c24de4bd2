import { count, figure } from '../rush/number-format.js';
import { table } from '../rush/table.js';
import type { Comparison } from './compare-figures.js';
import type { CpuPerRequest, Figure } from './figure.js';
import type { FigureOptions } from './figure-options.js';
import type { FiguresRun, PlacedCheck } from './run-figures.js';

export const isExact = ({ checks }: FiguresRun): boolean => checks.every((check) => check.passed);

export function figuresReport(options: FigureOptions, run: FiguresRun, figures: readonly Figure[]): string {
  return [
    table(
      ['figure', 'unit', 'ours', 'baseline', 'ratio', 'spread', 'target', '', 'baseline is'],
      figures.map((of) => [
        of.name,
        of.unit,
        figure(of.ours),
        figure(of.baseline),
        figure(of.ratio),
        `${figure(of.spread.min)}–${figure(of.spread.max)}`,
        targetOf(of),
        of.met === null ? '' : of.met ? '✓' : '✗',
        of.baselineName,
      ]),
    ),
    costTable(figures),
    verdict(options, run),
    '',
  ].join('\n');
}

function targetOf({ target }: Figure): string {
  if (target === null) return '–';
  const value = target.value < 10 ? target.value.toFixed(2) : count(target.value);
  return `${target.of === 'ours' ? 'ours ' : ''}${target.bound === 'atLeast' ? '≥' : '≤'} ${value}`;
}

/** What limits a rate: the two cores are shared by all of these. */
function costTable(figures: readonly Figure[]): string {
  const measured = figures.filter(({ oursCpu }) => Object.keys(oursCpu).length > 0);
  if (measured.length === 0) return '';
  return table(
    ['CPU µs per request or row', 'ours', 'baseline', 'generator, % of one core', 'beside the baseline'],
    measured.map(({ name, oursCpu, baselineCpu, oursGeneratorPercent, baselineGeneratorPercent }) => [
      name,
      costs(oursCpu),
      costs(baselineCpu),
      figure(oursGeneratorPercent ?? Number.NaN),
      figure(baselineGeneratorPercent ?? Number.NaN),
    ]),
  );
}

const costs = (cpu: CpuPerRequest): string =>
  Object.entries(cpu)
    .map(([name, micros]) => `${name} ${figure(micros)}`)
    .join(' + ') || '–';

function verdict({ seed }: FigureOptions, run: FiguresRun): string {
  const missed = run.checks.filter((check) => !check.passed);
  if (missed.length > 0) {
    return [
      ...missed.map(missedLine),
      `NOT EXACT: ${missed.length} of ${run.checks.length} checks missed (seed ${seed}).`,
    ].join('\n');
  }
  return `EXACT: ${count(run.checks.length)} checks passed (seed ${seed}).`;
}

const missedLine = ({ measurement, round, name, found }: PlacedCheck): string =>
  `  ✗ ${measurement}, round ${round}: ${name}: ${found}`;

export function comparisonReport(comparisons: readonly Comparison[]): string {
  const fallen = comparisons.filter((comparison) => comparison.fell).length;
  return [
    table(
      ['against the committed baseline', 'ratio then', 'ratio now', 'worse by', 'tolerated', ''],
      comparisons.map(({ name, before, now, worseBy, tolerance, fell }) => [
        name,
        figure(before),
        figure(now),
        worseBy > 0 ? figure(worseBy) : '–',
        figure(tolerance),
        fell ? 'FELL' : 'holds',
      ]),
    ),
    fallen === 0
      ? 'No ratio fell by more than its spread.'
      : `${fallen} of ${comparisons.length} ratios fell by more than their spread.`,
    '',
  ].join('\n');
}
