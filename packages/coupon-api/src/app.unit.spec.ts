import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ClaimView, type CouponId, type IssuedCoupon, StoreUnavailable, type UserId } from 'coupon-core';
import type { InjectOptions } from 'fastify';
import { pino } from 'pino';
import type { App } from './app.js';
import { ANSWER_MS_MAX } from './http/limits.js';
import { aCoupon } from './testing/a-coupon.js';
import { Script, scriptedCore } from './testing/core-in-memory.js';
import { createApp } from './testing/load-app.js';
import { ADMIN, VALID_COUPON } from './testing/operator.js';

const UUID = /^[0-9a-f-]{36}$/;
const ISSUED_AT = Date.UTC(2026, 10, 20, 9, 30, 0, 7);

const issue: IssuedCoupon = {
  status: 'ISSUED',
  couponId: 7 as CouponId,
  userId: '42' as UserId,
  issueNumber: 4,
  issuedAt: ISSUED_AT,
  expiresAt: null,
  lifecycle: null,
  claim: null,
};

const claim: ClaimView = {
  couponId: 7 as CouponId,
  userId: '42' as UserId,
  status: 'PENDING',
  ticket: 12,
  position: 0,
  estimatedWaitMs: 0,
  receipt: 'a.receipt',
  issue: null,
};

describe('coupon-api over HTTP', () => {
  let app: App;
  let script: Script;
  let logged: string[];

  beforeEach(async () => {
    script = new Script();
    logged = [];
    const log = pino({ level: 'info' }, { write: (line: string) => logged.push(line) });
    app = await createApp(scriptedCore(script), log);
    await app.server.ready();
    logged.length = 0;
  });

  afterEach(async () => {
    await app.server.close();
  });

  const call = (method: 'GET' | 'POST', url: string, more: InjectOptions = {}) =>
    app.server.inject({ method, url, headers: { 'x-user-id': '42' }, ...more });
  const issueByV1 = () => call('POST', '/v1/coupons/7/issues');
  const requestByV2 = (headers = {}) =>
    call('POST', '/v2/coupons/7/issues', { headers: { 'x-user-id': '42', ...headers } });
  const me = () => call('GET', '/v2/coupons/7/issues/me');

  describe('V1', () => {
    const body = {
      couponId: 7,
      userId: '42',
      issueNumber: 4,
      status: 'ISSUED',
      issuedAt: '2026-11-20T09:30:00.007Z',
      expiresAt: null,
    };

    it('answers a fresh issue with 201 and a repeat with 200 and the same body', async () => {
      script.issue = { outcome: 'ISSUED', issue };
      const first = await issueByV1();
      script.issue = { outcome: 'REPEATED', issue };
      const repeat = await issueByV1();
      expect([first.statusCode, first.json()]).toEqual([201, body]);
      expect([repeat.statusCode, repeat.json()]).toEqual([200, body]);
      expect(script.asked[0]).toEqual([7, '42']);
    });

    it('says when an issue expires', async () => {
      script.issue = { outcome: 'ISSUED', issue: { ...issue, expiresAt: Date.UTC(2027, 0, 1) } };
      expect((await issueByV1()).json()).toMatchObject({ expiresAt: '2027-01-01T00:00:00.000Z' });
    });

    it('answers a claim of the other door as that door does', async () => {
      script.issue = { outcome: 'CLAIM', view: claim };
      const answer = await issueByV1();
      expect(answer.statusCode).toBe(202);
      expect(answer.json()).toMatchObject({ ticket: 12, status: 'PENDING' });
    });

    it('refuses with a problem that names the code', async () => {
      script.issue = { outcome: 'REFUSED', code: 'SOLD_OUT' };
      const answer = await issueByV1();
      expect(answer.statusCode).toBe(409);
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(answer.json()).toEqual({
        type: 'urn:fcfs-coupons:problem:sold-out',
        title: 'No unit is left.',
        status: 409,
        code: 'SOLD_OUT',
        detail: 'No unit is left.',
        correlationId: answer.headers['x-request-id'],
      });
    });

    it('answers 503 with Retry-After and without the cause', async () => {
      script.issue = { outcome: 'UNAVAILABLE', reason: 'DATABASE_UNREACHABLE' };
      const answer = await issueByV1();
      expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([
        503,
        'UNAVAILABLE',
        '1',
      ]);
      expect(answer.body).not.toMatch(/DATABASE/i);
    });
  });

  describe('V2', () => {
    it('answers a claim with 202, its ticket and where to look', async () => {
      script.request = { outcome: 'CLAIM', view: claim };
      const answer = await requestByV2();
      expect(answer.statusCode).toBe(202);
      expect(answer.json()).toEqual({
        couponId: 7,
        userId: '42',
        ticket: 12,
        status: 'PENDING',
        position: 0,
        estimatedWaitMs: 0,
        receipt: 'a.receipt',
        links: { self: '/v2/coupons/7/issues/me' },
      });
      expect(script.asked[0]).toEqual([7, '42', null]);
    });

    it('hands the receipt on', async () => {
      await requestByV2({ 'x-receipt': 'a.receipt' });
      expect(script.asked[0]).toEqual([7, '42', 'a.receipt']);
    });

    it('answers the repeat of a settled claim with its number or its reason', async () => {
      const settled = { ...claim, position: null, estimatedWaitMs: null };
      script.request = { outcome: 'CLAIM', view: { ...settled, status: 'ISSUED', issue } };
      const won = (await requestByV2()).json();
      expect(won).toMatchObject({ ticket: 12, status: 'ISSUED', issueNumber: 4 });
      expect(won).not.toHaveProperty('position');
      const rejected = { status: 'REJECTED', reason: 'SOLD_OUT', claim: null } as const;
      const view: ClaimView = { ...settled, status: 'REJECTED', issue: { ...issue, ...rejected } };
      script.request = { outcome: 'CLAIM', view };
      const lost = await requestByV2();
      expect([lost.statusCode, lost.json()]).toEqual([
        202,
        expect.objectContaining({ status: 'REJECTED', reason: 'SOLD_OUT' }),
      ]);
      expect(lost.json()).not.toHaveProperty('issueNumber');
    });

    it('answers who won by V1 as V1 does', async () => {
      script.request = { outcome: 'ISSUED_BY_V1', issue };
      const answer = await requestByV2();
      expect([answer.statusCode, answer.json().issueNumber]).toEqual([200, 4]);
    });
  });

  describe('me', () => {
    it('leaves out what does not apply', async () => {
      script.status = { outcome: 'CLAIM', view: { ...claim, position: 3 } };
      expect((await me()).json()).toEqual({ status: 'PENDING', ticket: 12, position: 3 });
      const nothing = { ticket: null, position: null, receipt: null };
      script.status = { outcome: 'CLAIM', view: { ...claim, ...nothing, status: 'UNKNOWN' } };
      expect((await me()).json()).toEqual({ status: 'UNKNOWN' });
    });

    it('tells what became of an issue', async () => {
      const used: ClaimView = {
        ...claim,
        position: null,
        status: 'ISSUED',
        issue: { ...issue, lifecycle: 'USED' },
      };
      script.status = { outcome: 'CLAIM', view: used };
      const answer = await me();
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.json()).toEqual({
        status: 'ISSUED',
        lifecycle: 'USED',
        ticket: 12,
        issueNumber: 4,
        issuedAt: '2026-11-20T09:30:00.007Z',
      });
    });

    it('answers 404 where nothing was requested, 503 where nobody can say', async () => {
      script.status = { outcome: 'NOT_REQUESTED' };
      const none = await me();
      expect([none.statusCode, none.json().code]).toEqual([404, 'NOT_REQUESTED']);
      script.status = { outcome: 'UNAVAILABLE', reason: 'DATABASE_UNREACHABLE' };
      expect((await me()).statusCode).toBe(503);
    });
  });

  describe('what is refused before the core is asked', () => {
    const doors = [
      ['POST', '/v1/coupons/:id/issues'],
      ['POST', '/v2/coupons/:id/issues'],
      ['GET', '/v2/coupons/:id/issues/me'],
    ] as const;

    it.each(doors)('%s %s: ids that are none', async (method, path) => {
      const tooLong = '1'.repeat(101);
      for (const id of ['0', '-1', '9223372036854775808', 'abc', '1.5', '01', '%20', tooLong]) {
        const answer = await call(method, path.replace(':id', id));
        expect([id, answer.statusCode, answer.json().code]).toEqual([id, 400, 'VALIDATION_FAILED']);
      }
      expect(script.asked).toEqual([]);
    });

    it.each(doors)('%s %s: callers without a name, or with a bad one', async (method, path) => {
      const url = path.replace(':id', '7');
      const nobody = await call(method, url, { headers: {} });
      expect([nobody.statusCode, nobody.json().code]).toEqual([401, 'UNAUTHENTICATED']);
      for (const name of ['', 'u'.repeat(65), 'zoë', 'a b', 'a,b']) {
        const answer = await call(method, url, { headers: { 'x-user-id': name } });
        expect([name, answer.statusCode, answer.json().code]).toEqual([name, 400, 'VALIDATION_FAILED']);
      }
      expect(script.asked).toEqual([]);
    });

    it('bodies that are no JSON, no media type of ours, or too large', async () => {
      const send = (type: string, payload: string) =>
        call('POST', '/v1/coupons/7/issues', {
          headers: { 'x-user-id': '42', 'content-type': type },
          payload,
        });
      expect((await send('application/json', '{"a":')).json().code).toBe('VALIDATION_FAILED');
      expect((await send('application/json', '{"__proto__":{}}')).json().code).toBe('VALIDATION_FAILED');
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
      ]) {
        const answer = await send(type, 'a=1');
        expect([answer.statusCode, answer.json().code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
      }
      const large = await send('application/json', JSON.stringify({ a: 'x'.repeat(8_192) }));
      expect([large.statusCode, large.json().code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
      expect(script.asked).toEqual([]);
    });

    it('takes a JSON content type without a body, and a body that nobody needs', async () => {
      script.issue = { outcome: 'ISSUED', issue };
      const headers = { 'x-user-id': '42', 'content-type': 'application/json' };
      expect((await call('POST', '/v1/coupons/7/issues', { headers })).statusCode).toBe(201);
      expect((await call('POST', '/v1/coupons/7/issues', { headers, payload: '{}' })).statusCode).toBe(201);
    });
  });

  describe('every answer', () => {
    it('echoes a printable X-Request-Id, and makes one otherwise', async () => {
      for (const url of [
        '/v2/coupons/7/issues/me',
        '/v1/coupons',
        '/nowhere',
        '/v1/coupons/%zz',
        '/health/live',
      ]) {
        const own = await call('GET', url, { headers: { 'x-request-id': 'mine 1' } });
        expect([url, own.headers['x-request-id']]).toEqual([url, 'mine 1']);
        if (own.statusCode >= 400) expect(own.json().correlationId).toBe('mine 1');
        for (const bad of ['', 'x'.repeat(129), 'tab\there', 'ü']) {
          const fresh = await call('GET', url, { headers: { 'x-request-id': bad } });
          expect(fresh.headers['x-request-id']).toMatch(UUID);
        }
      }
    });

    it('is a problem where the call does not exist', async () => {
      for (const [method, url] of [
        ['GET', '/nowhere'],
        ['POST', '/v1/coupons/7'],
        ['GET', '/v1/coupons/7/issues'],
      ] as const) {
        const answer = await call(method, url);
        expect([answer.statusCode, answer.json().code]).toEqual([404, 'ROUTE_NOT_FOUND']);
      }
    });

    it('says nothing about a fault, and logs it with the request id', async () => {
      const fault = new TypeError('the secret of line 7');
      script.issue = fault;
      script.query = fault;
      const answers = [await issueByV1(), await call('GET', '/v1/coupons/7')];
      for (const answer of answers) {
        expect([answer.statusCode, answer.json().code]).toEqual([500, 'INTERNAL_ERROR']);
        expect(answer.body).not.toContain('secret');
      }
      expect(logged.map((line) => JSON.parse(line))).toEqual(
        answers.map(({ headers }) =>
          expect.objectContaining({ level: 50, requestId: headers['x-request-id'], err: expect.anything() }),
        ),
      );
    });

    it('is 503 where the database is away, and nothing is logged for it', async () => {
      script.issue = new StoreUnavailable('gone');
      script.query = new StoreUnavailable('gone');
      for (const answer of [await issueByV1(), await call('GET', '/v1/coupons')]) {
        expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([
          503,
          'UNAVAILABLE',
          '1',
        ]);
      }
      expect(logged).toEqual([]);
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
      const pending = call('GET', '/v1/coupons/7');
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

  describe('coupons for everybody', () => {
    it('shows a coupon with an ETag of its version', async () => {
      script.coupons = [aCoupon({ metadata: { a: 1 } })];
      const answer = await call('GET', '/v1/coupons/7', { headers: {} });
      expect([answer.statusCode, answer.headers.etag, answer.headers['x-cache']]).toEqual([
        200,
        'W/"7-12"',
        'DB',
      ]);
      expect(answer.json()).toEqual({
        id: 7,
        title: 'Ten off',
        type: 'FIRST_COME_FIRST_SERVED',
        state: 'OPEN',
        issueMode: 'BOTH',
        totalQuantity: 100,
        issuedQuantity: 3,
        remaining: 97,
        discount: { kind: 'FIXED', value: 1_000, maxDiscount: null },
        currency: 'USD',
        minOrderAmount: 0,
        issueStartsAt: '2026-01-01T00:00:00.000Z',
        issueEndsAt: '2027-01-01T00:00:00.000Z',
        validForDays: null,
        expiresAt: null,
        perUserLimit: 1,
        metadata: { a: 1 },
        asOf: '2026-11-20T12:00:00.250Z',
      });
    });

    it('answers 304 without a body to who has this version', async () => {
      script.coupons = [aCoupon()];
      for (const url of ['/v1/coupons/7', '/v1/coupons']) {
        const { etag } = (await call('GET', url)).headers;
        const again = await call('GET', url, { headers: { 'if-none-match': `"other", ${etag}` } });
        expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', etag]);
        script.coupons = [aCoupon({ version: 13 })];
        const changed = await call('GET', url, { headers: { 'if-none-match': String(etag) } });
        expect(changed.statusCode).toBe(200);
        script.coupons = [aCoupon()];
      }
    });

    it('hides a draft', async () => {
      script.coupons = [aCoupon({ state: 'DRAFT' })];
      const answer = await call('GET', '/v1/coupons/7');
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'COUPON_NOT_FOUND']);
    });

    it('lists a page and where the next one begins', async () => {
      script.coupons = [9, 8, 7].map((id) => aCoupon({ id: id as CouponId }));
      const first = (await call('GET', '/v1/coupons?state=OPEN&limit=2')).json();
      expect(first.items.map(({ id }: { id: number }) => id)).toEqual([9, 8]);
      expect(first.nextCursor).toBe('8');
      await call('GET', '/v1/coupons?cursor=8');
      expect(script.asked).toEqual([
        expect.objectContaining({ state: 'OPEN', beforeId: null, limit: 3 }),
        expect.objectContaining({ state: null, beforeId: 8, limit: 21 }),
      ]);
    });

    it.each([
      'state=DRAFT',
      'state=OPEN&state=PAUSED',
      'limit=0',
      'limit=101',
      'limit=x',
      'cursor=x',
      'cursor=0',
    ])('refuses the query %s', async (query) => {
      const answer = await call('GET', `/v1/coupons?${query}`);
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'VALIDATION_FAILED']);
    });
  });

  describe('operators', () => {
    const operate = (method: 'GET' | 'POST', path: string, payload?: object) =>
      call(method, `/admin/v1/coupons${path}`, { headers: ADMIN, payload });

    it('are let in by name and role', async () => {
      const url = '/admin/v1/coupons';
      const asked = async (headers: Record<string, string>) =>
        (await call('GET', url, { headers })).json().code;
      expect(await asked({ 'x-roles': 'admin' })).toBe('UNAUTHENTICATED');
      expect(await asked({ 'x-user-id': 'ä', 'x-roles': 'admin' })).toBe('VALIDATION_FAILED');
      expect(await asked({ 'x-user-id': '1' })).toBe('FORBIDDEN');
      expect(await asked({ 'x-user-id': '1', 'x-roles': 'service, administrator' })).toBe('FORBIDDEN');
      expect(await asked({ 'x-user-id': '1', 'x-roles': 'service, admin' })).toBeUndefined();
    });

    it('create a draft', async () => {
      const answer = await operate('POST', '', VALID_COUPON);
      expect([answer.statusCode, answer.headers.location]).toEqual([201, '/admin/v1/coupons/1']);
      expect(answer.json()).toMatchObject({ id: 1, state: 'DRAFT', title: 'Ten off', remaining: 100 });
      expect(answer.json()).toMatchObject({
        version: 1,
        gateVersion: 1,
        epoch: 0,
        returned: 0,
        issuedByV1: 0,
      });
      expect((await operate('GET', '/1')).json()).toMatchObject({ id: 1, state: 'DRAFT' });
    });

    it('hear of every fault of a body at once', async () => {
      const answer = await operate('POST', '', { ...VALID_COUPON, title: '', currency: 'usd', surprise: 1 });
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'VALIDATION_FAILED']);
      expect(answer.json().detail).toMatch(
        /title: .*; currency: has to be three capital letters; .*surprise/,
      );
      expect((await operate('POST', '')).json().code).toBe('VALIDATION_FAILED');
    });

    it('move a coupon', async () => {
      script.move = { outcome: 'MOVED', coupon: aCoupon() };
      for (const move of ['open', 'pause', 'close']) {
        const answer = await operate('POST', `/7/${move}`);
        expect([answer.statusCode, answer.json().id]).toEqual([200, 7]);
      }
      expect(script.asked).toMatchObject([{ to: 'OPEN' }, { to: 'PAUSED' }, { to: 'CLOSED' }]);
      script.move = { outcome: 'NOT_ALLOWED', coupon: aCoupon({ state: 'CLOSED' }) };
      const refused = await operate('POST', '/7/open');
      expect([refused.statusCode, refused.json().code]).toEqual([409, 'INVALID_STATE_CHANGE']);
      script.move = { outcome: 'COUPON_NOT_FOUND' };
      expect((await operate('POST', '/8/open')).json().code).toBe('COUPON_NOT_FOUND');
    });

    it('rebuild a gate', async () => {
      script.rebuild = { outcome: 'REBUILT', epoch: 2, claims: 10, unsettled: 1 };
      expect((await operate('POST', '/7/rebuild')).json()).toEqual(script.rebuild);
      script.rebuild = { outcome: 'OVERTAKEN' };
      const overtaken = await operate('POST', '/7/rebuild');
      expect([overtaken.statusCode, overtaken.json().code]).toEqual([409, 'REBUILD_OVERTAKEN']);
      script.rebuild = { outcome: 'COUPON_NOT_FOUND' };
      expect((await operate('POST', '/7/rebuild')).statusCode).toBe(404);
    });
  });

  describe('health and metrics', () => {
    it('is alive whatever happens, and ready while one door works', async () => {
      for (const [database, gate, status] of [
        ['up', 'down', 200],
        ['down', 'up', 200],
        ['down', 'down', 503],
      ] as const) {
        script.health = { database, gate };
        const answer = await call('GET', '/health/ready');
        expect([answer.statusCode, answer.json()]).toEqual([
          status,
          { status: status === 200 ? 'up' : 'down', database, gate },
        ]);
        expect((await call('GET', '/health/live')).statusCode).toBe(200);
      }
    });

    it('serves the metrics of the process', async () => {
      const answer = await call('GET', '/metrics');
      expect([answer.statusCode, answer.body]).toEqual([
        200,
        expect.stringContaining('process_cpu_seconds_total'),
      ]);
    });
  });
});
