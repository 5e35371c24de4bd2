const FIRST_MS_MAX = 10;
const MS_MAX = 200;

/** Exponential with full jitter: anything from nothing to a bound that doubles with each attempt, up to a last one. */
export function backOffMs(attempt: number, random: number): number {
  return random * Math.min(MS_MAX, FIRST_MS_MAX * 2 ** attempt);
}
