import type { IncomingHttpHeaders } from 'node:http';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { RequestRefused } from '../http/problem.js';
import { aCoupon } from '../testing/a-coupon.js';
import { bearer, JWT_SECRET, startJwtApp } from '../testing/jwt-app.js';
import type { ScriptedApp } from '../testing/scripted-app.js';
import { RULES } from '../testing/token-maker.js';
import type { TokenKeys } from './token-keys.js';
import { tokenVerifier, type VerifyToken } from './token-verifier.js';

const CALLS = [
  ['POST', '/v1/coupons/7/issues'],
  ['POST', '/v2/coupons/7/issues'],
  ['GET', '/v2/coupons/7/issues/me'],
  ['GET', '/admin/v1/coupons/7'],
] as const;

describe('the API under AUTH_MODE=jwt', () => {
  let app: ScriptedApp;

  afterEach(async () => {
    await app.stop();
  });

  /** Answers as [status, code, challenge] of every call. */
  const asked = async (headers: IncomingHttpHeaders) => {
    const answers = [];
    for (const [method, url] of CALLS) {
      const answer = await app.call(method, url, { headers });
      answers.push([answer.statusCode, answer.json().code, answer.headers['www-authenticate']]);
    }
    return answers;
  };

  it('knows nobody without a token, whatever other headers say', async () => {
    app = await startJwtApp();
    const named = { 'x-user-id': '42', 'x-roles': 'admin' };
    for (const headers of [{}, named, { authorization: 'Basic YTpi' }]) {
      expect(await asked(headers)).toEqual(Array(4).fill([401, 'UNAUTHENTICATED', 'Bearer']));
    }
    expect(app.script.asked).toEqual([]);
  });

  it('refuses tokens alike at all calls, and says no more than whether they have expired', async () => {
    app = await startJwtApp();
    const refused = Array(4).fill([401, 'UNAUTHENTICATED', 'Bearer error="invalid_token"']);
    for (const [claims, detail] of [
      [{ exp: 1 }, 'The token has expired.'],
      [{ aud: 'others' }, 'The token is not valid.'],
      [{ sub: 'a b' }, 'The token is not valid.'],
    ] as const) {
      expect(await asked(bearer(claims))).toEqual(refused);
      const { headers, body } = await app.call('POST', CALLS[0][1], { headers: bearer(claims) });
      expect(headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(JSON.parse(body)).toMatchObject({ detail, correlationId: headers['x-request-id'] });
    }
    expect([app.script.asked, app.logged]).toEqual([[], []]);
  });

  it('asks the core about the user of the token', async () => {
    app = await startJwtApp();
    await asked({ ...bearer({ sub: 'ann' }), 'x-user-id': '42' });
    expect(app.script.asked.map((one) => (one as unknown[])[1])).toEqual(['ann', 'ann', 'ann']);
  });

  it('lets operators in by their role', async () => {
    app = await startJwtApp();
    app.script.coupons = [aCoupon()];
    const look = (claims: object) =>
      app.call('GET', '/admin/v1/coupons/7', { headers: bearer({ ...claims }) });
    expect((await look({ roles: ['admin'] })).statusCode).toBe(200);
    expect((await look({ roles: 'admin' })).statusCode).toBe(200);
    for (const roles of [undefined, [], 'service', ['Admin'], { admin: true }]) {
      const answer = await look({ roles });
      expect([answer.statusCode, answer.json().code]).toEqual([403, 'FORBIDDEN']);
    }
  });

  describe('while a key is fetched', () => {
    const waiting = (fetched: Promise<VerifyToken>): TokenKeys => ({
      verifierFor: () => fetched,
      close: () => undefined,
    });

    it('waits at every call', async () => {
      const verify = tokenVerifier(JWT_SECRET, 'HS256', RULES);
      app = await startJwtApp(waiting(Promise.resolve(verify)));
      app.script.coupons = [aCoupon()];
      const codes = (await asked(bearer({ roles: 'admin' }))).map(([status]) => status);
      expect(codes).toEqual([404, 404, 404, 200]);
      expect((await asked(bearer()))[3]).toEqual([403, 'FORBIDDEN', undefined]);
      expect((await asked(bearer({ exp: 1 }))).map(([status]) => status)).toEqual(Array(4).fill(401));
    });

    it('says 503 where that fails', async () => {
      const failing = Promise.reject(new RequestRefused('UNAVAILABLE'));
      failing.catch(() => undefined);
      app = await startJwtApp(waiting(failing));
      expect(await asked(bearer())).toEqual(Array(4).fill([503, 'UNAVAILABLE', undefined]));
    });

    it('keeps the deadline of every request, and asks the core nothing afterwards', async () => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
      try {
        app = await startJwtApp(waiting(new Promise(() => undefined)));
        const pending = asked(bearer());
        for (const _call of CALLS) {
          await new Promise((resolve) => setImmediate(resolve));
          await jest.advanceTimersByTimeAsync(5_000);
        }
        expect(await pending).toEqual(Array(4).fill([503, 'UNAVAILABLE', undefined]));
        expect(app.script.asked).toEqual([]);
      } finally {
        jest.useRealTimers();
      }
    });
  });
});
