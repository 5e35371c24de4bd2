import {
  type Attributes,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { parseTraceparent, type Traceparent, traceparentOf } from './traceparent.js';

/** Where nothing is exported it makes no spans, and what would be a child is its parent: contexts travel unchanged. */
const tracer = trace.getTracer('fcfs-coupons');

export interface Work {
  name: string;
  kind: keyof typeof SpanKind;
  attributes?: Attributes;
}

export interface MayBeTraced {
  readonly trace: Traceparent | undefined;
}

export const isAnyTraced = (members: readonly MayBeTraced[]): boolean =>
  members.some(({ trace }) => trace !== undefined);

/** One piece of work in a trace. It exists only where somebody traces. */
export class Span {
  private constructor(private readonly span: OtelSpan) {}

  /** `parent`: null begins a trace. */
  static begin(
    { name, kind, attributes }: Work,
    parent: Traceparent | null,
    links: readonly Traceparent[] = [],
  ): Span {
    const options = {
      kind: SpanKind[kind],
      attributes,
      links: links.map((link) => ({ context: contextOf(link) })),
    };
    const context = parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, contextOf(parent));
    return new Span(tracer.startSpan(name, options, context));
  }

  /**
   * Work that is done once for several at the same time: a child of the first trace, linked to the others. Undefined
   * where nobody is traced.
   */
  static beginShared(work: Work, members: readonly MayBeTraced[]): Span | undefined {
    if (!isAnyTraced(members)) return undefined;
    const [first, ...others] = members.flatMap(({ trace }) => trace ?? []);
    return Span.begin(work, first!, others);
  }

  /** The context of this work, for whatever it causes. */
  get traceparent(): Traceparent {
    return traceparentOf(this.span.spanContext());
  }

  get traceId(): string {
    return this.span.spanContext().traceId;
  }

  note(attributes: Attributes): void {
    this.span.setAttributes(attributes);
  }

  end(): void {
    this.span.end();
  }

  /** `cause`: what was thrown; its message may name a user and stays here. */
  fail(cause: unknown): void {
    const what = cause instanceof Error ? cause.name : String(cause);
    this.span.setStatus({ code: SpanStatusCode.ERROR, message: what });
    this.span.end();
  }
}

/** Ends the spans together with the work, well or not. */
export async function spanning<T>(spans: readonly Span[], work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    for (const span of spans) span.end();
    return result;
  } catch (cause) {
    for (const span of spans) span.fail(cause);
    throw cause;
  }
}

function contextOf(traceparent: Traceparent): SpanContext {
  const { traceId, spanId } = parseTraceparent(traceparent)!;
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
}
