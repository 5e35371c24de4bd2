import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { aTraceparent as traceparent } from '../testing/a-traceparent.js';
import { beginRequestSpan, traceOwnShare } from './request-span.js';
import { Span, spanning, type Work } from './span.js';

const WORK: Work = { name: 'work', kind: 'INTERNAL' };

const exported = new InMemorySpanExporter();
const provide = () =>
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: exported })] }),
  );

afterEach(() => {
  exported.reset();
  traceOwnShare(0);
});

describe('without an exporter', () => {
  it('a context travels on unchanged', () => {
    const span = Span.begin(WORK, traceparent(1));
    span.note({ any: 1 });
    span.end();
    expect([span.traceparent, span.traceId]).toEqual([traceparent(1), '1'.repeat(32)]);
  });

  it('nothing of the SDK is loaded', () => {
    const index = new URL('../index.js', import.meta.url).href;
    const script = `
      import { createRequire } from 'node:module';
      const { startTracing } = await import('${index}');
      const loaded = () => Object.keys(createRequire('${index}').cache).filter((file) => /opentelemetry.(sdk|exporter|otlp)/.test(file)).length;
      await startTracing({ endpoint: null, ownShare: 1 }, 'x', console);
      const before = loaded();
      await startTracing({ endpoint: 'http://127.0.0.1:1', ownShare: 0 }, 'x', console);
      console.log(before, loaded() > 0);`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(said.trim()).toBe('0 true');
  });
});

describe('with an exporter', () => {
  it('work for several is a child of the first trace and linked to the others', () => {
    provide();
    expect(Span.beginShared(WORK, [{ trace: undefined }, { trace: undefined }])).toBeUndefined();
    const members = [undefined, traceparent(2), undefined, traceparent(3), traceparent(4)];
    const span = Span.beginShared(
      WORK,
      members.map((one) => ({ trace: one })),
    );
    span!.end();
    const [{ parentSpanContext, links }] = exported.getFinishedSpans() as [ReadableSpan];
    const ids = [parentSpanContext!.traceId, ...links.map(({ context }) => context.traceId)];
    expect(ids).toEqual(['2', '3', '4'].map((digit) => digit.repeat(32)));
    expect(span!.traceparent).not.toBe(traceparent(2));
  });

  it('a span ends with its work, and says by what it failed without the words', async () => {
    const begin = () => [Span.begin(WORK, traceparent(1))];
    expect(await spanning(begin(), async () => 'done')).toBe('done');
    const failing = spanning(begin(), () => Promise.reject(new TypeError('of user 42')));
    await expect(failing).rejects.toThrow('of user 42');
    const statuses = exported.getFinishedSpans().map(({ status }) => status);
    expect(statuses).toEqual([{ code: 0 }, { code: 2, message: 'TypeError' }]);
  });

  it('a request is traced by its caller’s word, else by lot', () => {
    const traced = (header: unknown) => beginRequestSpan(header, WORK) !== undefined;
    const unsampled = traceparent(1).replace(/01$/, '00');
    expect([undefined, 'nonsense', unsampled, traceparent(1)].map(traced)).toEqual([
      false,
      false,
      false,
      true,
    ]);
    traceOwnShare(1);
    expect([undefined, 'nonsense', unsampled, traceparent(1)].map(traced)).toEqual([true, true, false, true]);
  });
});
