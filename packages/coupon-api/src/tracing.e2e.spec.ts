import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, kafkaBrokers, type LocalApp } from 'local-stack';
import type { ApiClient } from './testing/api-client.js';
import { type CollectedSpan, Collector } from './testing/collector.js';
import {
  dropDatabase,
  preparePlace,
  startApi,
  startConsumer,
  type TestApi,
  type TestPlace,
} from './testing/stack.js';

const CALLER_SPAN = '00f067aa0ba902b7';

let place: TestPlace;
let collector: Collector;
let client: ApiClient;
/** Those that a test has not stopped would keep the run from ending. */
const started: LocalApp[] = [];

beforeAll(async () => {
  collector = await Collector.start();
  place = await tracedPlace('tracing');
  [, { client }] = await startBoth(place);
});

afterAll(async () => {
  await Promise.all(started.map((app) => app.stop()));
  collector?.stop();
  await dropDatabase(place.mysqlUrl);
});

/** Its processes tell of coupons, and send their spans to the collector. */
async function tracedPlace(name: string): Promise<TestPlace> {
  const made = await preparePlace(name);
  Object.assign(made.env, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, COUPON_EVENTS: 'true' });
  return made;
}

async function startOther(env: Record<string, string> = {}): Promise<TestApi> {
  const other = await startApi(place, env);
  started.push(other.app);
  return other;
}

async function startBoth(at: TestPlace): Promise<[LocalApp, TestApi]> {
  const both = await Promise.all([startConsumer(at), startApi(at)]);
  started.push(both[0], both[1].app);
  return both;
}

const newTraceId = () => randomBytes(16).toString('hex');
const post = (path: string, user: string, traceparent: string, body?: object) =>
  client.call('POST', path, { 'x-user-id': user, traceparent }, body);

/** Each span with the chain of those that it follows from, the caller's last. */
function chains(spans: readonly CollectedSpan[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const chain = (span: CollectedSpan): string => {
    const parent = byId.get(span.parentSpanId ?? '');
    return `${span.name} of ${span.service} < ${parent ? chain(parent) : (span.parentSpanId ?? 'nobody')}`;
  };
  return spans.map(chain).sort();
}

/** Of a broker that other tests use as well, with all topics. */
async function kafkaSettings(): Promise<Record<string, string>> {
  const settings = { KAFKA_BROKERS: (await kafkaBrokers()).join(','), EVENTS_PARTITIONS: '2' };
  const topics = fileURLToPath(new URL('../../coupon-core/dist/topics.js', import.meta.url));
  await promisify(execFile)(process.execPath, [topics], { env: { ...process.env, ...settings } });
  return settings;
}

/** From the caller to the event, whatever keeps the line. */
async function expectV2Followed(at: ApiClient): Promise<void> {
  const couponId = await at.opened();
  const traceId = newTraceId();
  const headers = { 'x-user-id': 'ann', traceparent: `00-${traceId}-${CALLER_SPAN}-01` };
  const { status } = await at.call('POST', `/v2/coupons/${couponId}/issues`, headers);
  expect(status).toBe(202);
  const spans = await collector.trace(traceId, 4);
  const request = `POST /v2/coupons/:couponId/issues of coupon-api < ${CALLER_SPAN}`;
  const gate = `gate claim of coupon-api < ${request}`;
  const settle = `settle of coupon-consumer < ${gate}`;
  const publish = `publish coupon-events of coupon-consumer < ${settle}`;
  expect(chains(spans)).toEqual([request, gate, settle, publish].sort());
  const attributes = Object.assign({}, ...spans.map((span) => span.attributes));
  expect(attributes).toMatchObject({ 'coupon.outcome': 'CLAIM', 'http.response.status_code': 202 });
}

/** From the caller to the row, through the topic alone. */
async function expectFollowedWithoutGate(at: ApiClient): Promise<void> {
  const couponId = await at.opened({ admission: 'QUEUE', issueMode: 'ASYNC' });
  const traceId = newTraceId();
  const headers = { 'x-user-id': 'ann', traceparent: `00-${traceId}-${CALLER_SPAN}-01` };
  const { status, body } = await at.call('POST', `/v2/coupons/${couponId}/issues`, headers);
  expect([status, body.status, body.ticket, body.position]).toEqual([202, 'PENDING', undefined, undefined]);
  const spans = await collector.trace(traceId, 4);
  const request = `POST /v2/coupons/:couponId/issues of coupon-api < ${CALLER_SPAN}`;
  const send = `send requests of coupon-api < ${request}`;
  const settle = `settle of coupon-consumer < ${send}`;
  const publish = `publish coupon-events of coupon-consumer < ${settle}`;
  expect(chains(spans)).toEqual([request, send, settle, publish].sort());
}

describe('a request whose caller traces it is followed', () => {
  it('at V2 through gate, queue and transaction to the event', async () => {
    await expectV2Followed(client);
  });

  it('at V1 through its transaction to the event', async () => {
    const couponId = await client.opened();
    const traceId = newTraceId();
    const { status } = await post(`/v1/coupons/${couponId}/issues`, 'ann', `00-${traceId}-${CALLER_SPAN}-01`);
    expect(status).toBe(201);
    const request = `POST /v1/coupons/:couponId/issues of coupon-api < ${CALLER_SPAN}`;
    const issue = `issue of coupon-api < ${request}`;
    const publish = `publish coupon-events of coupon-consumer < ${issue}`;
    expect(chains(await collector.trace(traceId, 3))).toEqual([issue, request, publish].sort());
  });

  it.each([
    ['redis-zset', async () => ({})],
    ['kafka', kafkaSettings],
  ] as [string, () => Promise<Record<string, string>>][])(
    'where %s keeps the line',
    async (driver, settings) => {
      const own = await tracedPlace(`trace${driver.slice(0, 5)}`);
      Object.assign(own.env, { QUEUE_DRIVER: driver }, await settings());
      const [reader, { app, client: other }] = await startBoth(own);
      try {
        await expectV2Followed(other);
        if (driver === 'kafka') await expectFollowedWithoutGate(other);
      } finally {
        await Promise.all([reader.stop(), app.stop()]);
        await dropDatabase(own.mysqlUrl);
      }
    },
  );

  it('off the hot way as well', async () => {
    const couponId = await client.opened();
    const traceId = newTraceId();
    const traceparent = `00-${traceId}-${CALLER_SPAN}-01`;
    await post('/v1/issue-async', 'nobody', traceparent, { userId: 42, couponId });
    const request = `POST /v1/issue-async of coupon-api < ${CALLER_SPAN}`;
    const spans = await collector.trace(traceId, 4);
    expect(chains(spans)).toContain(`settle of coupon-consumer < gate claim of coupon-api < ${request}`);
  });
});

it('what is no traceparent, or is not sampled, is as if it were not there', async () => {
  const couponId = await client.opened();
  const id = newTraceId();
  const none = [
    `00-${id}-${CALLER_SPAN}-00`,
    `00-${id}-${CALLER_SPAN}-1`,
    `00-${id}-${CALLER_SPAN}-01-more`,
    `ff-${id}-${CALLER_SPAN}-01`,
    `00-${'0'.repeat(32)}-${CALLER_SPAN}-01`,
    `00-${id}-${'0'.repeat(16)}-01`,
    `00-${id.slice(1)}-${CALLER_SPAN}-01`,
    `00-${id.toUpperCase()}X-${CALLER_SPAN}-01`,
    'x'.repeat(4_000),
    '',
  ];
  for (const [i, traceparent] of none.entries()) {
    expect((await post(`/v2/coupons/${couponId}/issues`, `none-${i}`, traceparent)).status).toBe(202);
  }
  const before = new Set(collector.spans);
  const last = newTraceId();
  await post(`/v2/coupons/${couponId}/issues`, 'last', `00-${last}-${CALLER_SPAN}-01`);
  await collector.trace(last, 4);
  const since = collector.spans.filter((span) => !before.has(span));
  expect(new Set(since.map(({ traceId }) => traceId))).toEqual(new Set([last]));
  expect(collector.ofTrace(id)).toEqual([]);
});

it('a share of those whose callers say nothing is traced where an operator wants it', async () => {
  const { app, client: other } = await startOther({ OTEL_TRACES_SAMPLER_ARG: '1' });
  const couponId = await other.opened();
  await other.requestByV2(couponId, 'ann');
  await app.stop();
  const own = collector.spans.find(({ attributes }) => attributes['coupon.id'] === String(couponId));
  const request = 'POST /v2/coupons/:couponId/issues of coupon-api < nobody';
  const spans = await collector.trace(own!.traceId, 3);
  expect(chains(spans)).toContain(`settle of coupon-consumer < gate claim of coupon-api < ${request}`);
});

it('what is left is sent when the process ends', async () => {
  const { app, client: other } = await startOther();
  const couponId = await other.opened();
  const traceId = newTraceId();
  const headers = { 'x-user-id': 'ann', traceparent: `00-${traceId}-${CALLER_SPAN}-01` };
  await other.call('POST', `/v1/coupons/${couponId}/issues`, headers);
  await app.stop();
  expect(collector.ofTrace(traceId).map(({ name }) => name)).toContain('issue');
});

it('a collector that is away harms nobody', async () => {
  const away = `http://127.0.0.1:${await freePort()}`;
  const { app, client: other } = await startOther({ OTEL_EXPORTER_OTLP_ENDPOINT: away });
  const couponId = await other.opened();
  for (let i = 0; i < 20; i++) {
    const headers = { 'x-user-id': `u${i}`, traceparent: `00-${newTraceId()}-${CALLER_SPAN}-01` };
    expect((await other.call('POST', `/v1/coupons/${couponId}/issues`, headers)).status).toBe(201);
  }
  await app.kill('SIGTERM');
  expect(await app.exited).toEqual({ code: 0, signal: null });
  expect(app.logs()).not.toMatch(/"level":(50|60)/);
});
