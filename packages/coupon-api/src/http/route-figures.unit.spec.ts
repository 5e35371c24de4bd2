import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type ClaimView, type CouponId, type RequestAnswer, registerMetrics, type UserId } from 'coupon-core';
import { Registry } from 'prom-client';
import { issuanceAnswers } from '../issuance/call-figures.js';
import { ScriptedApp } from '../testing/scripted-app.js';
import { requestSeconds } from './route-figures.js';

const registry = new Registry();
registerMetrics(registry, [requestSeconds, issuanceAnswers]);

/** Of the whole test process, so only differences say something. */
async function value(series: string): Promise<number> {
  const line = (await registry.metrics()).split('\n').find((one) => one.startsWith(`${series} `));
  return line ? Number(line.slice(series.length + 1)) : 0;
}
const answered = (method: string, route: string, status: number) =>
  `coupon_http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`;

let app: ScriptedApp;
beforeEach(async () => {
  app = await ScriptedApp.start();
});
afterEach(() => app.stop());

it.each([
  [
    'a hot call that is answered at once',
    'POST',
    '/v2/coupons/7/issues',
    '/v2/coupons/:couponId/issues',
    409,
  ],
  ['a hot call that waits', 'POST', '/v1/coupons/7/issues', '/v1/coupons/:couponId/issues', 503],
  ['a call of Nest, by its pattern', 'GET', '/v1/coupons/7', '/v1/coupons/:couponId', 404],
  ['a path that nobody serves', 'GET', '/somewhere', 'none', 404],
] as const)('%s is counted once', async (_what, method, url, route, status) => {
  app.script.requestAtOnce = { outcome: 'REFUSED', code: 'SOLD_OUT' };
  app.script.issue = { outcome: 'UNAVAILABLE', reason: 'DATABASE_UNREACHABLE' };
  const before = await value(answered(method, route, status));
  expect((await app.call(method, url)).statusCode).toBe(status);
  expect(await value(answered(method, route, status))).toBe(before + 1);
});

it('what winners are answered is there at 0, so that Prometheus sees the first of them', async () => {
  const text = await registry.metrics();
  for (const series of [
    answered('POST', '/v1/coupons/:couponId/issues', 201),
    answered('POST', '/v2/coupons/:couponId/issues', 202),
    'coupon_issuance_answers_total{version="1",outcome="issued"}',
    'coupon_issuance_answers_total{version="2",outcome="claim"}',
  ])
    expect(text).toContain(`${series} 0\n`);
});

const view: ClaimView = {
  ...{ couponId: 7 as CouponId, userId: 'ann' as UserId, status: 'PENDING', receipt: 'r', issue: null },
  ...{ ticket: 1, position: 0, estimatedWaitMs: 0 },
};
const withoutGate = { ticket: null, position: null, estimatedWaitMs: null };

it.each([
  ['a ticket', { outcome: 'CLAIM', view }, 202, 'claim'],
  ['a place in line without a gate', { outcome: 'CLAIM', view: { ...view, ...withoutGate } }, 202, 'claim'],
  ['a refusal', { outcome: 'REFUSED', code: 'SOLD_OUT' }, 409, 'sold_out'],
  ['no gate', { outcome: 'UNAVAILABLE', reason: 'UNREACHABLE' }, 503, 'unavailable'],
  ['no Kafka', { outcome: 'UNAVAILABLE', reason: 'BROKER_UNREACHABLE' }, 503, 'unavailable'],
  ['not decided yet', { outcome: 'UNAVAILABLE', reason: 'NOT_DECIDED_YET' }, 503, 'unavailable'],
] as [string, RequestAnswer, number, string][])(
  'an answer for a coupon is counted by door and outcome: %s',
  async (_what, answer, status, outcome) => {
    const series = `coupon_issuance_answers_total{version="2",outcome="${outcome}"}`;
    const before = await value(series);
    app.script.request = answer;
    expect((await app.call('POST', '/v2/coupons/7/issues')).statusCode).toBe(status);
    expect(await value(series)).toBe(before + 1);
  },
);

it('probes are not counted at all', async () => {
  await app.call('GET', '/health/live');
  expect(await registry.metrics()).not.toContain('health');
});
