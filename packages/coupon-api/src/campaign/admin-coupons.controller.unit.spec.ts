import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CouponId, UserId } from 'coupon-core';
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
    const operate = (method: 'GET' | 'POST' | 'PATCH', path: string, payload?: object) =>
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
      const by = { userId: 'operator' };
      expect(script.asked).toMatchObject([
        { to: 'OPEN', by },
        { to: 'PAUSED', by },
        { to: 'CLOSED', by },
      ]);
      script.move = { outcome: 'NOT_ALLOWED', coupon: aCoupon({ state: 'CLOSED' }) };
      const refused = await operate('POST', '/7/open');
      expect([refused.statusCode, refused.json().code]).toEqual([409, 'INVALID_STATE_CHANGE']);
      script.move = { outcome: 'COUPON_NOT_FOUND' };
      expect((await operate('POST', '/8/open')).json().code).toBe('COUPON_NOT_FOUND');
    });

    it('edit a coupon', async () => {
      script.edit = {
        outcome: 'EDITED',
        changes: { title: 'New' },
        coupon: aCoupon({ title: 'New', version: 13 }),
      };
      const edit = (body: object, headers = {}) =>
        app.call('PATCH', '/admin/v1/coupons/7', { headers: { ...ADMIN, ...headers }, payload: body });
      const edited = await edit(
        { title: ' New ', issueEndsAt: '2027-01-02T00:00:00Z' },
        { 'if-match': 'W/"7-12"' },
      );
      expect([edited.statusCode, edited.headers.etag, edited.json().title]).toEqual([200, 'W/"7-13"', 'New']);
      expect((await edit({ metadata: null, expiresAt: null })).statusCode).toBe(200);
      expect((await edit({})).statusCode).toBe(200);
      const asked = (edits: object, ifVersion: number | null) =>
        expect.objectContaining({ couponId: 7, edits, ifVersion });
      expect(script.asked).toEqual([
        asked({ title: 'New', issueEndsAt: Date.UTC(2027, 0, 2) }, 12),
        // Neither is a default put in, nor does null mean that it was left out.
        asked({ metadata: null, expiresAt: null }, null),
        asked({}, null),
      ]);
    });

    it('hear why an edit is refused', async () => {
      const refused = async (outcome: typeof script.edit) => {
        script.edit = outcome;
        const answer = await operate('PATCH', '/7', { title: 'New' });
        return [answer.statusCode, answer.json().code, answer.json().detail];
      };
      const coupon = aCoupon();
      expect(await refused({ outcome: 'NOT_EDITABLE', fields: ['currency', 'discount'], coupon })).toEqual([
        409,
        'NOT_EDITABLE',
        'Once a coupon is published this stays as it is: currency, discount.',
      ]);
      const faults = [{ field: 'expiresAt', fault: 'is wrong' }] as const;
      expect(await refused({ outcome: 'INVALID', faults: [...faults], coupon })).toEqual([
        400,
        'VALIDATION_FAILED',
        'expiresAt: is wrong',
      ]);
      expect((await refused({ outcome: 'VERSION_DIFFERS', coupon }))[0]).toBe(412);
      expect((await refused({ outcome: 'CLOSED', coupon }))[1]).toBe('CLOSED');
      expect((await refused({ outcome: 'COUPON_NOT_FOUND' }))[0]).toBe(404);
      for (const body of [
        { title: '' },
        { type: 'FIRST_COME_FIRST_SERVED' },
        { state: 'OPEN' },
        { discount: { kind: 'FIXED' } },
      ])
        expect((await operate('PATCH', '/7', body)).json().code).toBe('VALIDATION_FAILED');
    });

    it('change the total', async () => {
      script.quantity = { outcome: 'CHANGED', coupon: aCoupon({ totalQuantity: 50 }) };
      const change = (body: object) => operate('POST', '/7/quantity', body);
      expect((await change({ total: 50 })).json()).toMatchObject({ totalQuantity: 50, decreaseTo: null });
      expect((await change({ total: null })).statusCode).toBe(200);
      expect(script.asked).toMatchObject([{ couponId: 7, total: 50 }, { total: null }]);
      for (const body of [{}, { total: 0 }, { total: 1.5 }, { total: '50' }, { total: 5, more: 1 }])
        expect((await change(body)).json().code).toBe('VALIDATION_FAILED');
      for (const code of ['CLOSED', 'DECREASE_UNDER_WAY', 'QUANTITY_BELOW_CLAIMED'] as const) {
        script.quantity = { outcome: 'REFUSED', code, coupon: aCoupon() };
        const refused = await change({ total: 2 });
        expect([refused.statusCode, refused.json().code]).toEqual([409, code]);
      }
      script.quantity = { outcome: 'GATE_AWAY' };
      const away = await change({ total: 2 });
      expect([away.statusCode, away.json().code, away.headers['retry-after']]).toEqual([
        503,
        'UNAVAILABLE',
        '1',
      ]);
      script.quantity = { outcome: 'COUPON_NOT_FOUND' };
      expect((await change({ total: 2 })).statusCode).toBe(404);
    });

    it('are named to the audit log, with their request', async () => {
      const headers = { ...ADMIN, 'x-request-id': 'the twelfth' };
      await app.call('POST', '/admin/v1/coupons', { headers, payload: VALID_COUPON });
      expect(script.asked).toEqual([{ userId: 'operator', requestId: 'the twelfth' }]);
    });

    it('read what was changed, page by page', async () => {
      script.audit = [12, 11].map((id) => ({
        id,
        at: Date.UTC(2026, 0, 1),
        actor: 'operator' as UserId,
        action: 'OPEN',
        couponId: 7 as CouponId,
        before: { state: 'DRAFT' },
        after: { state: 'OPEN' },
        requestId: 'r',
      }));
      const read = (query: string) => app.call('GET', `/admin/v1/audit${query}`, { headers: ADMIN });
      expect((await read('?couponId=7&limit=1')).json()).toMatchObject({
        items: [{ id: 12, at: '2026-01-01T00:00:00.000Z', action: 'OPEN', after: { state: 'OPEN' } }],
        nextCursor: '12',
      });
      expect((await read('?cursor=12')).json()).toMatchObject({ nextCursor: null });
      expect(script.asked).toEqual([
        { couponId: 7, beforeId: null, limit: 2 },
        { couponId: null, beforeId: 12, limit: 21 },
      ]);
      expect((await read('?couponId=x')).json().code).toBe('VALIDATION_FAILED');
      const asUser = await app.call('GET', '/admin/v1/audit');
      expect(asUser.json().code).toBe('FORBIDDEN');
    });

    it('reconcile a gate', async () => {
      script.reconcile = {
        outcome: 'RECONCILED',
        given: 9,
        settled: 8,
        deadLetters: 0,
        scanned: 9,
        drivenAgain: 1,
      };
      const reconciled = await operate('POST', '/7/reconcile');
      expect([reconciled.statusCode, reconciled.json()]).toEqual([200, script.reconcile]);
      const answers = async (outcome: 'UNDER_WAY' | 'NO_GATE' | 'TOO_EARLY' | 'COUPON_NOT_FOUND') => {
        script.reconcile = { outcome };
        return (await operate('POST', '/7/reconcile')).statusCode;
      };
      expect(await answers('UNDER_WAY')).toBe(202);
      expect(await answers('NO_GATE')).toBe(503);
      expect(await answers('TOO_EARLY')).toBe(503);
      expect(await answers('COUPON_NOT_FOUND')).toBe(404);
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
