/**
 * The context of a trace that is sampled, as version 00 of the W3C header `traceparent` writes it: who began the trace
 * is told of everything that follows from it. What is not sampled travels nowhere.
 */
export type Traceparent = string & { readonly brand: 'Traceparent' };

export interface TraceContext {
  traceId: string;
  spanId: string;
  sampled: boolean;
}

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 1;

/** null where it is no valid `traceparent`, which counts as none. Versions to come may have more behind the flags. */
export function parseTraceparent(text: unknown): TraceContext | null {
  const parts = typeof text === 'string' ? FORM.exec(text) : null;
  if (parts === null) return null;
  const [version, traceId, spanId, flags, rest] = parts.slice(1) as [string, string, string, string, string?];
  if (version === 'ff' || (version === '00' && rest !== undefined)) return null;
  if (isZero(traceId) || isZero(spanId)) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

/** What was written by another process of this system, or by an earlier version of it. */
export function sampledTraceparent(text: unknown): Traceparent | null {
  const context = parseTraceparent(text);
  return context?.sampled ? traceparentOf(context) : null;
}

export function traceparentOf({ traceId, spanId }: Pick<TraceContext, 'traceId' | 'spanId'>): Traceparent {
  return `00-${traceId}-${spanId}-01` as Traceparent;
}

const isZero = (id: string): boolean => /^0+$/.test(id);
