import { describe, expect, it } from '@jest/globals';
import { compareFigures } from './compare-figures.js';
import { figuresOf, type Sample } from './figure.js';
import { figureOptions } from './figure-options.js';
import { comparisonReport, figuresReport } from './figures-report.js';
import { figuresSummary, parseSummary } from './figures-summary.js';
import type { FiguresRun } from './run-figures.js';

const options = figureOptions(['--seed', '5'], 0);
const samples: Sample[] = [
  {
    figure: 'v2-refuse',
    ours: 64_000,
    baseline: 66_000,
    oursCpu: { api: 10, redis: 2 },
    oursGeneratorPercent: 40,
  },
  { figure: 'drain', ours: 30_000, baseline: 90_000 },
];

const system = { authMode: 'jwt', apiProcesses: 2, consumerProcesses: 1, queue: 'redis-stream' } as const;

const runWith = (passed: boolean): FiguresRun => ({
  samples,
  checks: [
    { name: 'queue empty', passed: true, found: '0 entries', measurement: 'v2-refuse', round: 1 },
    { name: 'one row per user', passed, found: 'user 3 has two', measurement: 'drain', round: 2 },
  ],
});

describe('what a run of figures says', () => {
  const figures = figuresOf(samples);

  it('shows each ratio with its spread, its target and whether that is met', () => {
    const lines = figuresReport(options, runWith(true), figures).split('\n');
    const cells = (name: string) => lines.find((line) => line.startsWith(name))?.split(/\s{2,}/);
    expect(cells('v2-refuse ')).toEqual([
      'v2-refuse',
      'req/s',
      '64,000',
      '66,000',
      '0.97',
      '0.97–0.97',
      '≥ 0.95',
      '✓',
      'bare Fastify route',
    ]);
    expect(cells('drain')).toContain('✗');
    expect(lines).toContain('EXACT: 2 checks passed (seed 5).');
  });

  it('shows what a request costs where that was measured', () => {
    const report = figuresReport(options, runWith(true), figures);
    expect(report).toMatch(/v2-refuse +api 10\.0 \+ redis 2\.00 +– +40\.0 +–/);
  });

  it('says which check was missed, and where', () => {
    const report = figuresReport(options, runWith(false), figures);
    expect(report).toContain('✗ drain, round 2: one row per user: user 3 has two');
    expect(report).toContain('NOT EXACT: 1 of 2 checks missed (seed 5).');
  });

  it('names the ratios that fell since the committed run', () => {
    const before = figuresOf(samples.map((sample) => ({ ...sample, baseline: sample.baseline / 2 })));
    const report = comparisonReport(compareFigures(before, figures));
    expect(report).toMatch(/drain +0\.67 +0\.33 +0\.33 +0\.07 +FELL/);
    expect(report).toContain('2 of 2 ratios fell by more than their spread.');
    expect(comparisonReport(compareFigures(figures, figures))).toContain('No ratio fell');
  });

  it('writes for machines what it can read again', () => {
    const summary = figuresSummary(options, system, runWith(false), figures, new Date(0));
    const read = parseSummary(JSON.stringify(summary));
    expect(read).toEqual(summary);
    expect(read.exact).toBe(false);
    expect(read.checks).toMatchObject({ total: 2, missed: [{ measurement: 'drain', round: 2 }] });
    expect(read.figures[1]).toEqual({
      name: 'drain',
      unit: 'rows/s',
      baselineName: 'raw batch INSERT',
      better: 'higher',
      ours: 30_000,
      baseline: 90_000,
      ratio: 30_000 / 90_000,
      target: { of: 'ratio', bound: 'atLeast', value: 0.7 },
      met: false,
      spread: { min: 30_000 / 90_000, max: 30_000 / 90_000 },
      rounds: 1,
      oursCpu: {},
      baselineCpu: {},
      oursGeneratorPercent: null,
      baselineGeneratorPercent: null,
    });
  });

  it.each([
    ['another version', '{"version":2,"figures":[]}'],
    ['a figure without a spread', '{"version":1,"system":{},"figures":[{"name":"v1","ratio":1}]}'],
    ['an unknown system', '{"version":1,"figures":[]}'],
    ['something else', '[]'],
    ['nothing', 'null'],
  ])('refuses to compare with %s', (_, text) => {
    expect(() => parseSummary(text)).toThrow('no result of `pnpm bench --json`');
  });
});
