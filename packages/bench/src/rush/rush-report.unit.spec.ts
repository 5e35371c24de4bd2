import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { AnswerLog } from '../load/answer-log.js';
import { parseArguments, type RushOptions } from '../parse-arguments.js';
import type { PhaseFigures } from './phase-figures.js';
import { ProgressLine } from './progress-line.js';
import type { RushRun } from './run-rush.js';
import { isExact, rushReport } from './rush-report.js';
import { tallyAnswers } from './tally-answers.js';

const options = parseArguments(['rush', '--runs', '3', '--door', 'v2', '--seed', '5'], 0) as RushOptions;

function figures(requestsPerSecond: number, averageMs: number): PhaseFigures {
  return {
    requests: 10,
    requestsPerSecond,
    averageMs,
    p50Ms: 2,
    p99Ms: 3,
    maxMs: 151,
    servingCpuMicrosPerRequest: Number.NaN,
    generatorCpuMicrosPerRequest: 15,
    generatorBusyPercent: 50,
  };
}

function run(bareRate: number, doorRate: number, averageMs: number, passed: boolean): RushRun {
  const door = {
    door: 'v2' as const,
    couponId: 1,
    figures: figures(doorRate, averageMs),
    curve: [],
    tally: tallyAnswers(new AnswerLog(0, 1)),
    persistedAfterMs: 1,
    chaos: [],
    checks: [
      { name: 'one row per user', passed: true, found: '10 rows' },
      { name: 'queue empty', passed, found: passed ? '0 entries' : '3 entries are left' },
    ],
  };
  return { seed: 5, bare: figures(bareRate, 1), bareCurve: [], doors: [door] };
}

const lineOf = (report: string, label: string) =>
  report
    .split('\n')
    .find((line) => line.startsWith(label))
    ?.slice(label.length)
    .trim()
    .split(/\s{2,}/);

describe('the report of a rush', () => {
  const exact = [run(1_000, 500, 4, true), run(4_000, 1_000, 60, true), run(2_000, 1_800, 5, true)];

  it('shows medians, and the median of the ratios within each run', () => {
    const report = rushReport(options, exact);
    expect(lineOf(report, 'requests/s')).toEqual(['2,000', '1,000', '0.50']);
    expect(lineOf(report, 'latency, average, ms')).toEqual(['1.00', '5.00', '5.00']);
  });

  it('shows what nobody published as unknown', () => {
    expect(lineOf(rushReport(options, exact), 'serving (API + gate), CPU µs per request')).toEqual([
      '–',
      '–',
      '–',
    ]);
  });

  it('compares with the targets without judging by them', () => {
    expect(rushReport(options, exact)).toContain('✓ average 5.00 < 45 ms   ✗ maximum 151 < 150 ms');
    expect(isExact(exact)).toBe(true);
  });

  it('is exact only where every check of every run has passed', () => {
    const missed = [...exact.slice(1), run(1_000, 500, 4, false)];
    expect(isExact(missed)).toBe(false);
    const report = rushReport(options, missed);
    expect(report).toContain('✗ queue empty: 3 entries are left (in 1 of 3 runs)');
    expect(report).toContain('NOT EXACT: 1 check missed (seed 5).');
  });
});

describe('the progress line', () => {
  function written(isTTY: boolean): string {
    const out = Object.assign(new PassThrough(), { isTTY });
    const log = new AnswerLog(4, 4);
    const stop = new ProgressLine(out, 'V2').watch(log);
    log.record(0, { outcome: 'CLAIM', status: 202, ticket: 1, issueNumber: Number.NaN, fault: null }, 1);
    log.record(
      1,
      { outcome: 'SOLD_OUT', status: 409, ticket: Number.NaN, issueNumber: Number.NaN, fault: null },
      1,
    );
    log.record(
      2,
      { outcome: 'FAULT', status: 503, ticket: Number.NaN, issueNumber: Number.NaN, fault: '503' },
      1,
    );
    stop();
    return out.read().toString();
  }

  it('is written over on a terminal', () => {
    const line = written(true);
    expect(line.startsWith('\r\u001b[2KV2 ')).toBe(true);
    expect(line).toMatch(/ 75 % +1 accepted, 1 sold out, 1 errors, [\d,]+ req\/s\n$/);
  });

  it('is a line of its own elsewhere', () => {
    expect(written(false)).toMatch(/^V2 +75 % .*req\/s\n$/);
  });
});
