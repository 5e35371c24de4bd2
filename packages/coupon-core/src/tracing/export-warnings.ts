import type { DiagLogger } from '@opentelemetry/api';
import type { Logger } from 'pino';

const AGAIN_MS = 60_000;
const REASON_CHARACTERS_MAX = 300;

/** What the SDK complains about, at most once a minute, since a collector that is away fails every export. */
export function exportWarnings(log: Logger): DiagLogger {
  let silentUntil = Number.NEGATIVE_INFINITY;
  const warn = (message: string) => {
    const now = performance.now();
    if (now < silentUntil) return;
    silentUntil = now + AGAIN_MS;
    log.warn(
      { reason: message.slice(0, REASON_CHARACTERS_MAX) },
      'Spans are lost on their way to the collector.',
    );
  };
  const nothing = () => undefined;
  return { error: warn, warn, info: nothing, debug: nothing, verbose: nothing };
}
