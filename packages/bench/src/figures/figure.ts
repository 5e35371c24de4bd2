import { median } from '../load/latency-figures.js';
import { definitionOf, type FigureName, isMet, type Target } from './figure-definitions.js';

/** CPU time per request (or row) in microseconds, by the name of the process that used it. */
export type CpuPerRequest = Readonly<Record<string, number>>;

/** One figure in one round. */
export interface Sample {
  figure: FigureName;
  ours: number;
  baseline: number;
  oursCpu?: CpuPerRequest;
  baselineCpu?: CpuPerRequest;
  /** The generator's share of one core; near 100 it is the generator that is measured. */
  oursGeneratorPercent?: number;
  baselineGeneratorPercent?: number;
}

/** One figure over all rounds of a run; part of the JSON that the package's README describes. */
export interface Figure {
  name: FigureName;
  unit: string;
  baselineName: string;
  better: 'higher' | 'lower';
  ours: number;
  baseline: number;
  ratio: number;
  target: Target | null;
  met: boolean | null;
  spread: { min: number; max: number };
  rounds: number;
  oursCpu: CpuPerRequest;
  baselineCpu: CpuPerRequest;
  oursGeneratorPercent: number | null;
  baselineGeneratorPercent: number | null;
}

/**
 * Medians of both sides, and the median of the ratios: the two sides of a round were measured one after the other, so
 * their ratio holds still where the machine does not.
 */
export function figureOf(name: FigureName, samples: readonly Sample[]): Figure {
  const { unit, baseline: baselineName, better, target } = definitionOf(name);
  const ours = median(samples.map((sample) => sample.ours));
  const baseline = median(samples.map((sample) => sample.baseline));
  const ratios = samples.map((sample) => sample.ours / sample.baseline);
  const ratio = median(ratios);
  return {
    name,
    unit,
    baselineName,
    better,
    ours,
    baseline,
    ratio,
    target,
    met: target && isMet(target, { ours, ratio }),
    spread: { min: Math.min(...ratios), max: Math.max(...ratios) },
    rounds: samples.length,
    oursCpu: medianCpu(samples.map(({ oursCpu }) => oursCpu)),
    baselineCpu: medianCpu(samples.map(({ baselineCpu }) => baselineCpu)),
    oursGeneratorPercent: medianOrNull(samples.map((sample) => sample.oursGeneratorPercent)),
    baselineGeneratorPercent: medianOrNull(samples.map((sample) => sample.baselineGeneratorPercent)),
  };
}

/** In the order in which the figures first appear. */
export function figuresOf(samples: readonly Sample[]): Figure[] {
  const names = [...new Set(samples.map((sample) => sample.figure))];
  return names.map((name) =>
    figureOf(
      name,
      samples.filter((sample) => sample.figure === name),
    ),
  );
}

function medianCpu(measured: readonly (CpuPerRequest | undefined)[]): CpuPerRequest {
  const rounds = measured.filter((round) => round !== undefined);
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(rounds.map((round) => round[name]!))]));
}

function medianOrNull(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? median(known) : null;
}
