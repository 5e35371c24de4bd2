import { cpus } from 'node:os';
import type { SystemShape } from '../system/system-shape.js';
import type { Figure } from './figure.js';
import type { FigureOptions } from './figure-options.js';
import { isExact } from './figures-report.js';
import type { FiguresRun, PlacedCheck } from './run-figures.js';

/** Raised when a field changes its meaning; the package's README describes the fields. */
export const SUMMARY_VERSION = 1;

/** One run for machines; the committed baseline is one of these. */
export interface FiguresSummary {
  version: typeof SUMMARY_VERSION;
  finishedAt: string;
  machine: { cores: number; cpu: string; platform: string; node: string };
  system: SystemShape;
  options: Omit<FigureOptions, 'command' | 'jsonFile' | 'compare'>;
  exact: boolean;
  figures: Figure[];
  checks: { total: number; missed: PlacedCheck[] };
}

export function figuresSummary(
  { names, seconds, rounds, connections, users, total, rows, minutes, seed }: FigureOptions,
  system: SystemShape,
  run: FiguresRun,
  figures: Figure[],
  finishedAt: Date,
): FiguresSummary {
  const cores = cpus();
  return {
    version: SUMMARY_VERSION,
    finishedAt: finishedAt.toISOString(),
    machine: {
      cores: cores.length,
      cpu: cores[0]?.model ?? 'unknown',
      platform: `${process.platform} ${process.arch}`,
      node: process.version,
    },
    system,
    options: { names, seconds, rounds, connections, users, total, rows, minutes, seed },
    exact: isExact(run),
    figures,
    checks: { total: run.checks.length, missed: run.checks.filter((check) => !check.passed) },
  };
}

/** @throws where the text is no summary of this version */
export function parseSummary(text: string): FiguresSummary {
  const summary: unknown = JSON.parse(text);
  if (!isSummary(summary))
    throw new Error(`This is no result of \`pnpm bench --json\`, version ${SUMMARY_VERSION}.`);
  return summary;
}

function isSummary(value: unknown): value is FiguresSummary {
  const { version, system, figures } = (value ?? {}) as Partial<FiguresSummary>;
  return version === SUMMARY_VERSION && !!system && Array.isArray(figures) && figures.every(isFigure);
}

function isFigure(value: unknown): value is Figure {
  const { name, ratio, spread } = (value ?? {}) as Partial<Figure>;
  return (
    typeof name === 'string' &&
    Number.isFinite(ratio) &&
    Number.isFinite(spread?.min) &&
    Number.isFinite(spread?.max)
  );
}
