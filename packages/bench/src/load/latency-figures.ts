export interface LatencyFigures {
  averageMs: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

/** Exact, by nearest rank over every request: no buckets, no sampling. */
export function latencyFigures(latenciesMs: Float64Array): LatencyFigures {
  if (latenciesMs.length === 0) return { averageMs: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 };
  const sorted = latenciesMs.slice().sort();
  const sum = sorted.reduce((total, latency) => total + latency, 0);
  return {
    averageMs: sum / sorted.length,
    p50Ms: percentile(sorted, 50),
    p99Ms: percentile(sorted, 99),
    maxMs: sorted.at(-1)!,
  };
}

/** The smallest value that at least `percent` of the values do not exceed. */
export function percentile(sorted: Float64Array, percent: number): number {
  const rank = Math.ceil((percent * sorted.length) / 100);
  return sorted[Math.max(rank, 1) - 1]!;
}

/** Of an even number of values, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
