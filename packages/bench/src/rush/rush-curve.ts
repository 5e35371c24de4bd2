import { percentile } from '../load/latency-figures.js';
import type { LoadResult } from '../load/run-load.js';

const POINTS = 60;

/** One stretch of a rush. */
export interface CurvePoint {
  /** Its middle, from the first request on. */
  atMs: number;
  answersPerSecond: number;
  p50Ms: number;
  p99Ms: number;
}

/** How rate and latency went over a load, in stretches of equal length; a stretch without answers has no latency. */
export function rushCurve({ log, answeredAt, elapsedMs, lastAnswerAt }: LoadResult): CurvePoint[] {
  const startedAt = lastAnswerAt - elapsedMs;
  const stretchMs = elapsedMs / POINTS;
  const latencies = Array.from({ length: POINTS }, (): number[] => []);
  for (const [at, latency] of log.latenciesMs.entries()) {
    const stretch = Math.floor((answeredAt[at]! - startedAt) / stretchMs);
    latencies[Math.min(Math.max(stretch, 0), POINTS - 1)]!.push(latency);
  }
  return latencies.map((ofStretch, stretch) => {
    const sorted = Float64Array.from(ofStretch).sort();
    return {
      atMs: (stretch + 0.5) * stretchMs,
      answersPerSecond: (ofStretch.length * 1_000) / stretchMs,
      p50Ms: sorted.length === 0 ? Number.NaN : percentile(sorted, 50),
      p99Ms: sorted.length === 0 ? Number.NaN : percentile(sorted, 99),
    };
  });
}
