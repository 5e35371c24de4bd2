import { Span, type Work } from './span.js';
import { parseTraceparent, traceparentOf } from './traceparent.js';

/** Of the requests that bring no word of their caller about tracing, how many are traced all the same: 0 to 1. */
let ownShare = 0;

export function traceOwnShare(share: number): void {
  ownShare = share;
}

/**
 * The span of a request that is traced, by its caller's word in `traceparent`, or by lot where there is none. Undefined
 * for all others, which are to cost nothing.
 */
export function beginRequestSpan(traceparent: unknown, work: Work): Span | undefined {
  if (traceparent === undefined && ownShare === 0) return undefined;
  const caller = parseTraceparent(traceparent);
  if (caller !== null) return caller.sampled ? Span.begin(work, traceparentOf(caller)) : undefined;
  return Math.random() < ownShare ? Span.begin(work, null) : undefined;
}
