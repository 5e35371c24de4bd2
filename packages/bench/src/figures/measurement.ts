import type { Check } from '../rush/check-exactness.js';
import type { Sample } from './figure.js';
import type { Workbench } from './workbench.js';

export interface RoundResult {
  samples: Sample[];
  checks: Check[];
}

/** One way to measure, round by round: baseline first, then the system, under the same load. */
export interface Measurement {
  /** Everything that the first round must not pay for. */
  prepare(bench: Workbench): Promise<void>;
  round(bench: Workbench, seed: number): Promise<RoundResult>;
  /** How often, where more would tell nothing new. */
  roundsMax?: number;
}
