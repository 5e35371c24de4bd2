import { type LatencyFigures, latencyFigures, median } from '../load/latency-figures.js';
import type { LoadResult } from '../load/run-load.js';

/** What one phase of one run measured. */
export interface PhaseFigures extends LatencyFigures {
  requests: number;
  requestsPerSecond: number;
  /** Of what answers: the bare route's process, or API and gate server together. NaN where it is not known. */
  servingCpuMicrosPerRequest: number;
  /** The generator's own cost: what it takes from the machine that it measures. */
  generatorCpuMicrosPerRequest: number;
  /** Of one core; near 100 the generator is what is being measured. */
  generatorBusyPercent: number;
}

export function phaseFigures(
  { log, elapsedMs, cpuMicros }: LoadResult,
  servingCpuMicros: number,
): PhaseFigures {
  return {
    requests: log.count,
    requestsPerSecond: (log.count * 1_000) / elapsedMs,
    ...latencyFigures(log.latenciesMs),
    servingCpuMicrosPerRequest: servingCpuMicros / log.count,
    generatorCpuMicrosPerRequest: cpuMicros / log.count,
    generatorBusyPercent: cpuMicros / elapsedMs / 10,
  };
}

/** Figure by figure, so that one disturbed run moves none of them. */
export function medianFigures(runs: readonly PhaseFigures[]): PhaseFigures {
  const of = (figure: keyof PhaseFigures) => median(runs.map((run) => run[figure]));
  return {
    requests: of('requests'),
    requestsPerSecond: of('requestsPerSecond'),
    averageMs: of('averageMs'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    maxMs: of('maxMs'),
    servingCpuMicrosPerRequest: of('servingCpuMicrosPerRequest'),
    generatorCpuMicrosPerRequest: of('generatorCpuMicrosPerRequest'),
    generatorBusyPercent: of('generatorBusyPercent'),
  };
}
