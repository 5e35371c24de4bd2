import type { OutgoingMessage } from 'messaging';
import { Span, spanning } from '../tracing/span.js';
import { sampledTraceparent } from '../tracing/traceparent.js';

/** Quotes within a value are written with a backslash, so only the envelope's own member is found. */
const CORRELATION = /"correlation":"([^"]*)"/;

/** Publishes in a span for each of the messages that somebody traces. */
export async function tracePublishing(
  topic: string,
  messages: readonly OutgoingMessage[],
  publish: () => Promise<void>,
): Promise<void> {
  const spans: Span[] = [];
  for (const { key, value } of messages) {
    const parent = sampledTraceparent(CORRELATION.exec(value)?.[1]);
    if (parent === null) continue;
    const attributes = { 'messaging.destination.name': topic, 'messaging.message.key': key };
    spans.push(Span.begin({ name: `publish ${topic}`, kind: 'PRODUCER', attributes }, parent));
  }
  return spans.length === 0 ? publish() : spanning(spans, publish);
}
