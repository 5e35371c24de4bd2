import { Span, spanning } from '../tracing/span.js';
import type { QueueEntry } from './issuance-queue.js';

/**
 * Settles entries in a span for each of them that somebody traces. They go on, and come back, under the context of that
 * span, so that their events follow from it.
 */
export async function traceSettlement<R extends { entries: QueueEntry[] }, T>(
  read: R,
  settle: (read: R) => Promise<T>,
): Promise<T> {
  if (read.entries.every(({ traceContext }) => traceContext === null)) return settle(read);
  const spans: Span[] = [];
  const entries = read.entries.map((entry): QueueEntry => {
    if (entry.traceContext === null) return entry;
    const attributes = { 'coupon.id': String(entry.couponId), 'coupon.claims': entry.claims.length };
    const span = Span.begin({ name: 'settle', kind: 'CONSUMER', attributes }, entry.traceContext);
    spans.push(span);
    return { ...entry, traceContext: span.traceparent };
  });
  return spanning(spans, () => settle({ ...read, entries }));
}
