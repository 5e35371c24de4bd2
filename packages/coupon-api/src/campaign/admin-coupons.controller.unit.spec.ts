import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { aCoupon } from '../testing/a-coupon.js';
import type { Script } from '../testing/core-in-memory.js';
import { ADMIN, VALID_COUPON } from '../testing/operator.js';
import { ScriptedApp } from '../testing/scripted-app.js';

describe('the admin calls', () => {
  let app: ScriptedApp;
  let script: Script;

  beforeEach(async () => {
    app = await ScriptedApp.start();
    script = app.script;
  });

  afterEach(async () => {
    await app.stop();
  });

  describe('operators', () => {
    const operate = (method: 'GET' | 'POST', path: string, payload?: object) =>
      app.call(method, `/admin/v1/coupons${path}`, { headers: ADMIN, payload });

    it('are let in by name and role', async () => {
      const url = '/admin/v1/coupons';
      const asked = async (headers: Record<string, string>) =>
        (await app.call('GET', url, { headers })).json().code;
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
      script.rebuild = { outcome: 'UNDER_WAY' };
      const underWay = await operate('POST', '/7/rebuild');
      expect([underWay.statusCode, underWay.json()]).toEqual([202, script.rebuild]);
      script.rebuild = { outcome: 'OVERTAKEN' };
      const overtaken = await operate('POST', '/7/rebuild');
      expect([overtaken.statusCode, overtaken.json().code]).toEqual([409, 'REBUILD_OVERTAKEN']);
      script.rebuild = { outcome: 'COUPON_NOT_FOUND' };
      expect((await operate('POST', '/7/rebuild')).statusCode).toBe(404);
    });
  });
});
