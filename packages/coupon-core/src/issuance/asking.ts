import type { Claimant } from '../coupon/ids.js';
import type { MayBeTraced } from '../tracing/span.js';

/** Who asks, with the request's key where it has one. */
export interface Asking extends MayBeTraced {
  readonly requester: Claimant;
}
