import type { RushOptions } from '../parse-arguments.js';
import type { SystemShape } from '../system/system-shape.js';
import type { RushRun } from './run-rush.js';
import { isExact } from './rush-report.js';

/** The same result for programs: every run in full, no medians. */
export function rushSummary(options: RushOptions, system: SystemShape, runs: readonly RushRun[]): object {
  return {
    options,
    system,
    exact: isExact(runs),
    runs: runs.map(({ seed, bare, doors }) => ({
      seed,
      bare,
      doors: doors.map(({ door, couponId, figures, tally, persistedAfterMs, checks, chaos }) => ({
        door,
        couponId,
        figures,
        ratioToBareRoute: figures.requestsPerSecond / bare.requestsPerSecond,
        accepted: tally.accepted,
        soldOut: tally.soldOut,
        repeatsOfSameClaim: tally.sameClaim,
        duplicates: tally.duplicates,
        errors: tally.errors,
        persistedAfterMs,
        checks,
        chaos,
      })),
    })),
  };
}
