import { setTimeout as sleep } from 'node:timers/promises';
import { DiagLogLevel, diag, trace } from '@opentelemetry/api';
import type { Logger } from 'pino';
import { exportWarnings } from './export-warnings.js';
import { traceOwnShare } from './request-span.js';

export interface TracingConfig {
  /** Base address of an OTLP/HTTP collector; null: spans are not made, and contexts only passed on. */
  endpoint: string | null;
  /** 0 to 1: of the requests whose callers say nothing about tracing. */
  ownShare: number;
}

export interface Tracing {
  /** Sends what is left, within two seconds. */
  close(): Promise<void>;
}

/** Finished spans that wait for their export; what comes beyond that is dropped and counted in a warning. */
const SPANS_MAX = 4_096;
const SPANS_PER_EXPORT = 512;
const EXPORT_EVERY_MS = 1_000;
const EXPORT_MS_MAX = 5_000;
const CLOSE_MS_MAX = 2_000;

/** Loads the SDK only where something is exported. Nobody waits for an export, and one that fails is a warning. */
export async function startTracing(
  { endpoint, ownShare }: TracingConfig,
  service: string,
  log: Logger,
): Promise<Tracing> {
  if (endpoint === null) return { close: async () => undefined };
  const [
    { BatchSpanProcessor, TracerProvider },
    { OTLPTraceExporter },
    { defaultResource, resourceFromAttributes },
  ] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  diag.setLogger(exportWarnings(log), DiagLogLevel.WARN);
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: EXPORT_MS_MAX,
  });
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: SPANS_MAX,
    maxExportBatchSize: SPANS_PER_EXPORT,
    scheduledDelayMillis: EXPORT_EVERY_MS,
    exportTimeoutMillis: EXPORT_MS_MAX,
  });
  const provider = new TracerProvider({
    resource: defaultResource().merge(resourceFromAttributes({ 'service.name': service })),
    spanProcessors: [processor],
  });
  trace.setGlobalTracerProvider(provider);
  traceOwnShare(ownShare);
  return {
    close: () =>
      Promise.race([
        provider.shutdown().catch(() => undefined),
        sleep(CLOSE_MS_MAX, undefined, { ref: false }),
      ]),
  };
}
