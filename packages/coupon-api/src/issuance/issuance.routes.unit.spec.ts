import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClaimView, CouponId, IssuedCoupon, UserId } from 'coupon-core';
import type { Script } from '../testing/core-in-memory.js';
import { ScriptedApp } from '../testing/scripted-app.js';

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

describe('the calls of the rush', () => {
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
  const requestByV2 = (headers = {}) =>
    app.call('POST', '/v2/coupons/7/issues', { headers: { 'x-user-id': '42', ...headers } });
  const me = () => app.call('GET', '/v2/coupons/7/issues/me');

  describe('V1', () => {
    const body = {
      couponId: 7,
      userId: '42',
      issueNumber: 4,
      status: 'ISSUED',
      issuedAt: '2026-11-20T09:30:00.007Z',
      expiresAt: null,
    };

    it('tells what has happened to an issue since', async () => {
      const cancelled = { ...issue, lifecycle: 'CANCELLED' } as const;
      script.issue = { outcome: 'REPEATED', issue: cancelled };
      expect((await issueByV1()).json()).toEqual({ ...body, lifecycle: 'CANCELLED' });
      script.request = { outcome: 'CLAIM', view: { ...claim, status: 'ISSUED', issue: cancelled } };
      expect((await requestByV2()).json()).toMatchObject({ issueNumber: 4, lifecycle: 'CANCELLED' });
    });

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

    it('says how long it will stay so, where that is known, in whole seconds', async () => {
      script.issue = { outcome: 'UNAVAILABLE', reason: 'DATABASE_UNREACHABLE', retryAfterMs: 29_001 };
      expect((await issueByV1()).headers['retry-after']).toBe('30');
    });
  });

  describe('V2', () => {
    it('answers what is known at once as it answers what had to be asked for', async () => {
      const headers = { 'x-request-id': 'the same' };
      script.request = { outcome: 'REFUSED', code: 'SOLD_OUT' };
      const asked = await requestByV2(headers);
      script.requestAtOnce = { outcome: 'REFUSED', code: 'SOLD_OUT' };
      const known = await requestByV2(headers);
      expect([known.statusCode, known.body]).toEqual([409, asked.body]);
      script.requestAtOnce = new Error('unforeseen');
      expect((await requestByV2(headers)).statusCode).toBe(500);
    });

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
        const answer = await app.call(method, path.replace(':id', id));
        expect([id, answer.statusCode, answer.json().code]).toEqual([id, 400, 'VALIDATION_FAILED']);
      }
      expect(script.asked).toEqual([]);
    });

    it.each(doors)('%s %s: callers without a name, or with a bad one', async (method, path) => {
      const url = path.replace(':id', '7');
      const nobody = await app.call(method, url, { headers: {} });
      expect([nobody.statusCode, nobody.json().code]).toEqual([401, 'UNAUTHENTICATED']);
      for (const name of ['', 'u'.repeat(65), 'zoë', 'a b', 'a,b']) {
        const answer = await app.call(method, url, { headers: { 'x-user-id': name } });
        expect([name, answer.statusCode, answer.json().code]).toEqual([name, 400, 'VALIDATION_FAILED']);
      }
      expect(script.asked).toEqual([]);
    });

    it('bodies that are no JSON, no media type of ours, or too large', async () => {
      const send = (type: string, payload: string) =>
        app.call('POST', '/v1/coupons/7/issues', {
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
      expect((await app.call('POST', '/v1/coupons/7/issues', { headers })).statusCode).toBe(201);
      expect((await app.call('POST', '/v1/coupons/7/issues', { headers, payload: '{}' })).statusCode).toBe(
        201,
      );
    });
  });
});
