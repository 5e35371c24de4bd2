import { type Traceparent, traceparentOf } from '../tracing/traceparent.js';

/** `digit`: 1 to 9, to tell them apart. */
export const aTraceparent = (digit: number): Traceparent =>
  traceparentOf({ traceId: String(digit).repeat(32), spanId: String(digit).repeat(16) });
