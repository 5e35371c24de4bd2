import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { StoreUnavailable } from 'coupon-core';
import { ANSWER_MS_MAX } from './http/limits.js';
import type { Script } from './testing/core-in-memory.js';
import { ScriptedApp } from './testing/scripted-app.js';

const OF_THIS_PROCESS = /^[\w-]{12}\.\d+$/;

describe('coupon-api over HTTP', () => {
  let app: ScriptedApp;
  let script: Script;

  beforeEach(async () => {
    app = await ScriptedApp.start();
    script = app.script;
  });

  afterEach(async () => {
    await app.stop();
  });

  const issueByV1 = () => app.call('POST', '/v1/coupons/7/issues');

  describe('every answer', () => {
    it('echoes a printable X-Request-Id, and makes one otherwise', async () => {
      for (const url of [
        '/v2/coupons/7/issues/me',
        '/v1/coupons',
        '/nowhere',
        '/v1/coupons/%zz',
        '/health/live',
      ]) {
        const own = await app.call('GET', url, { headers: { 'x-request-id': 'mine 1' } });
        expect([url, own.headers['x-request-id']]).toEqual([url, 'mine 1']);
        if (own.statusCode >= 400) expect(own.json().correlationId).toBe('mine 1');
        for (const bad of ['', 'x'.repeat(129), 'tab\there', 'ü']) {
          const fresh = await app.call('GET', url, { headers: { 'x-request-id': bad } });
          expect(fresh.headers['x-request-id']).toMatch(OF_THIS_PROCESS);
        }
      }
    });

    it('is a problem where the call does not exist', async () => {
      for (const [method, url] of [
        ['GET', '/nowhere'],
        ['POST', '/v1/coupons/7'],
        ['GET', '/v1/coupons/7/issues'],
      ] as const) {
        const answer = await app.call(method, url);
        expect([answer.statusCode, answer.json().code]).toEqual([404, 'ROUTE_NOT_FOUND']);
      }
    });

    it('says nothing about a fault, and logs it with the request id', async () => {
      const fault = new TypeError('the secret of line 7');
      script.issue = fault;
      script.query = fault;
      const answers = [await issueByV1(), await app.call('GET', '/v1/coupons/7')];
      for (const answer of answers) {
        expect([answer.statusCode, answer.json().code]).toEqual([500, 'INTERNAL_ERROR']);
        expect(answer.body).not.toContain('secret');
      }
      expect(app.logged).toEqual(
        answers.map(({ headers }) =>
          expect.objectContaining({ level: 50, requestId: headers['x-request-id'], err: expect.anything() }),
        ),
      );
    });

    it('is logged with all that finds its request again: trace, coupon, outcome', async () => {
      script.issue = script.query = new TypeError('unforeseen');
      const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
      // One that is not sampled as well: its caller may have it in a log.
      const headers = { 'x-user-id': '42', traceparent: `00-${traceId}-00f067aa0ba902b7-00` };
      await app.call('POST', '/v1/coupons/7/issues', { headers });
      await app.call('GET', '/v1/coupons/7', { headers });
      const request = { traceId, couponId: '7', outcome: 'INTERNAL_ERROR' };
      expect(app.logged).toMatchObject([
        { ...request, method: 'POST', route: '/v1/coupons/:couponId/issues' },
        { ...request, method: 'GET', route: '/v1/coupons/:couponId' },
      ]);
    });

    it('is 503 where the database is away, and nothing is logged for it', async () => {
      script.issue = new StoreUnavailable('gone');
      script.query = new StoreUnavailable('gone');
      for (const answer of [await issueByV1(), await app.call('GET', '/v1/coupons')]) {
        expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([
          503,
          'UNAVAILABLE',
          '1',
        ]);
      }
      expect(app.logged).toEqual([]);
    });
  });

  describe('the deadline', () => {
    beforeEach(() => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    it('answers 503 for whoever still waits on a controller', async () => {
      script.query = 'never';
      const pending = app.call('GET', '/v1/coupons/7');
      await new Promise((resolve) => setImmediate(resolve));
      await jest.advanceTimersByTimeAsync(ANSWER_MS_MAX + 1);
      const answer = await pending;
      expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([
        503,
        'UNAVAILABLE',
        '1',
      ]);
    });
  });

  describe('health and metrics', () => {
    it('is alive whatever happens, and ready while one door works', async () => {
      for (const [database, gate, status] of [
        ['up', 'down', 200],
        ['down', 'up', 200],
        ['down', 'down', 503],
      ] as const) {
        const breakers = { database: 'CLOSED', gate: 'CLOSED' } as const;
        script.health = { database, gate, breakers };
        const answer = await app.call('GET', '/health/ready');
        expect([answer.statusCode, answer.json()]).toEqual([
          status,
          { status: status === 200 ? 'up' : 'down', database, gate, breakers },
        ]);
        expect((await app.call('GET', '/health/live')).statusCode).toBe(200);
      }
    });

    it('has started once it says so, and for good', async () => {
      const starting = await app.call('GET', '/health/startup');
      expect([starting.statusCode, starting.json()]).toEqual([503, { status: 'starting' }]);
      app.startup.complete();
      script.health = { ...script.health, database: 'down', gate: 'down' };
      const started = await app.call('GET', '/health/startup');
      expect([started.statusCode, started.json()]).toEqual([200, { status: 'up' }]);
      expect((await app.call('GET', '/health/ready')).statusCode).toBe(503);
    });

    it('serves the metrics of the process', async () => {
      const answer = await app.call('GET', '/metrics');
      expect([answer.statusCode, answer.body]).toEqual([
        200,
        expect.stringContaining('process_cpu_seconds_total'),
      ]);
    });
  });
});
