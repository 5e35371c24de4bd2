import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClaimView, CouponId, IssuedCoupon, UserId } from 'coupon-core';
import { aCoupon } from '../testing/a-coupon.js';
import { ADMIN, VALID_COUPON } from '../testing/operator.js';
import { ScriptedApp } from '../testing/scripted-app.js';
import { ServedDocument } from '../testing/served-document.js';

const issue: IssuedCoupon = {
  status: 'ISSUED',
  couponId: 7 as CouponId,
  userId: '42' as UserId,
  issueNumber: 4,
  issuedAt: Date.UTC(2026, 10, 20),
  expiresAt: null,
  lifecycle: 'USED',
  claim: null,
};

const view: ClaimView = {
  couponId: 7 as CouponId,
  userId: '42' as UserId,
  status: 'PENDING',
  ticket: 12,
  position: 0,
  estimatedWaitMs: 0,
  receipt: 'a.receipt',
  issue: null,
};

const rejected = { ...issue, status: 'REJECTED', reason: 'SOLD_OUT', claim: null } as const;

describe('what the API answers is what /openapi.json says', () => {
  let app: ScriptedApp;
  let document: ServedDocument;

  beforeEach(async () => {
    app = await ScriptedApp.start();
    document = await ServedDocument.of(app);
  });

  afterEach(async () => {
    await app.stop();
  });

  /** As [status, what is wrong with the answer]; coupon ids stand as digits in `url`. */
  async function judged(
    method: 'GET' | 'POST' | 'PATCH',
    url: string,
    payload?: object,
  ): Promise<[number, string]> {
    const answer = await app.call(method, url, { headers: ADMIN, payload });
    const path = url.replace(/\?.*/, '').replace(/\/\d+/, '/{couponId}').replace(/\/\d+/, '/{issueNumber}');
    return [answer.statusCode, document.faultsOfAnswer(`${method} ${path}`, answer)];
  }

  it('of coupons', async () => {
    const discount = { kind: 'PERCENT', value: 10, maxDiscount: 500 } as const;
    const other = { id: 8 as CouponId, discount, metadata: { a: [1] }, totalQuantity: null };
    app.script.coupons = [aCoupon(), aCoupon(other)];
    expect(await judged('GET', '/v1/coupons?limit=1')).toEqual([200, '']);
    expect(await judged('GET', '/v1/coupons')).toEqual([200, '']);
    expect(await judged('GET', '/v1/coupons/8')).toEqual([200, '']);
    expect(await judged('GET', '/v1/coupons/9')).toEqual([404, '']);
    expect(await judged('GET', '/v1/coupons/0')).toEqual([400, '']);
    expect(await judged('GET', '/v1/coupons?limit=0')).toEqual([400, '']);
  });

  it('of V1', async () => {
    const v1 = () => judged('POST', '/v1/coupons/7/issues');
    app.script.issue = { outcome: 'ISSUED', issue };
    expect(await v1()).toEqual([201, '']);
    app.script.issue = { outcome: 'REPEATED', issue: { ...issue, expiresAt: Date.UTC(2027, 0, 1) } };
    expect(await v1()).toEqual([200, '']);
    app.script.issue = { outcome: 'CLAIM', view };
    expect(await v1()).toEqual([202, '']);
    app.script.issue = { outcome: 'REFUSED', code: 'SOLD_OUT' };
    expect(await v1()).toEqual([409, '']);
    app.script.issue = new TypeError('inside');
    expect(await v1()).toEqual([500, '']);
  });

  it('of V2', async () => {
    const v2 = () => judged('POST', '/v2/coupons/7/issues');
    app.script.request = { outcome: 'CLAIM', view: { ...view, status: 'ISSUED', issue } };
    expect(await v2()).toEqual([202, '']);
    app.script.request = { outcome: 'CLAIM', view: { ...view, status: 'REJECTED', issue: rejected } };
    expect(await v2()).toEqual([202, '']);
    app.script.request = { outcome: 'ISSUED_BY_V1', issue };
    expect(await v2()).toEqual([200, '']);
    app.script.request = { outcome: 'UNAVAILABLE', reason: 'DATABASE_UNREACHABLE' };
    expect(await v2()).toEqual([503, '']);
  });

  it('of a claim', async () => {
    const me = () => judged('GET', '/v2/coupons/7/issues/me');
    for (const shown of [view, { ...view, status: 'ISSUED', issue } as const]) {
      app.script.status = { outcome: 'CLAIM', view: shown };
      expect(await me()).toEqual([200, '']);
    }
    app.script.status = { outcome: 'NOT_REQUESTED' };
    expect(await me()).toEqual([404, '']);
  });

  it('of the operators', async () => {
    app.script.coupons = [aCoupon()];
    app.script.move = { outcome: 'MOVED', coupon: aCoupon() };
    app.script.rebuild = { outcome: 'REBUILT', epoch: 2, claims: 10, unsettled: 1 };
    app.script.reconcile = {
      outcome: 'RECONCILED',
      given: 9,
      settled: 8,
      deadLetters: 0,
      scanned: 9,
      drivenAgain: 1,
    };
    expect(await judged('POST', '/admin/v1/coupons', VALID_COUPON)).toEqual([201, '']);
    expect(await judged('POST', '/admin/v1/coupons', {})).toEqual([400, '']);
    expect(await judged('GET', '/admin/v1/coupons')).toEqual([200, '']);
    expect(await judged('GET', '/admin/v1/coupons/7')).toEqual([200, '']);
    for (const call of ['open', 'pause', 'close', 'rebuild', 'reconcile'])
      expect([call, await judged('POST', `/admin/v1/coupons/7/${call}`)]).toEqual([call, [200, '']]);
    app.script.edit = { outcome: 'UNCHANGED', coupon: aCoupon() };
    expect(await judged('PATCH', '/admin/v1/coupons/7', { title: 'Ten off' })).toEqual([200, '']);
    app.script.edit = { outcome: 'VERSION_DIFFERS', coupon: aCoupon() };
    expect(await judged('PATCH', '/admin/v1/coupons/7', {})).toEqual([412, '']);
    app.script.quantity = { outcome: 'CHANGED', coupon: aCoupon({ decrease: { total: 9, id: 1 } }) };
    expect(await judged('POST', '/admin/v1/coupons/7/quantity', { total: 9 })).toEqual([200, '']);
    app.script.quantity = { outcome: 'REFUSED', code: 'QUANTITY_BELOW_CLAIMED', coupon: aCoupon() };
    expect(await judged('POST', '/admin/v1/coupons/7/quantity', { total: 9 })).toEqual([409, '']);
    app.script.move = { outcome: 'NOT_ALLOWED', coupon: aCoupon({ state: 'CLOSED' }) };
    expect(await judged('POST', '/admin/v1/coupons/7/open')).toEqual([409, '']);
  });

  it('of the audit log', async () => {
    const entry = { at: 0, actor: '42' as UserId, couponId: 7 as CouponId, requestId: 'r' };
    app.script.audit = [{ ...entry, id: 2, action: 'CREATE', before: null, after: { title: 'Ten off' } }];
    expect(await judged('GET', '/admin/v1/audit?couponId=7')).toEqual([200, '']);
    expect(await judged('GET', '/admin/v1/audit?limit=0')).toEqual([400, '']);
  });

  it.each(['/v1/coupons/7/issues/4/cancel', '/admin/v1/coupons/7/issues/4/revoke'])(
    'of an issue that is taken back: %s',
    async (url) => {
      const take = () => judged('POST', url);
      expect(await take()).toEqual([404, '']);
      app.script.takeBack = { outcome: 'TAKEN_BACK', issue: { ...issue, lifecycle: 'CANCELLED' } };
      expect(await take()).toEqual([200, '']);
      app.script.takeBack = { outcome: 'TOO_LATE', lifecycle: 'USED' };
      expect(await take()).toEqual([409, '']);
    },
  );

  it('of the compatibility calls', async () => {
    const body = { userId: 42, couponId: 7 };
    app.script.issue = { outcome: 'ISSUED', issue };
    app.script.request = { outcome: 'REFUSED', code: 'SOLD_OUT' };
    for (const call of ['/v1/issue', '/v1/issue-async', '/v2/issue-async']) {
      expect([call, await judged('POST', call, body)]).toEqual([call, [200, '']]);
      expect([call, await judged('POST', call, {})]).toEqual([call, [400, '']]);
    }
    app.script.issue = { outcome: 'UNAVAILABLE', reason: 'LOCK_NOT_HAD' };
    expect(await judged('POST', '/v1/issue', body)).toEqual([503, '']);
  });

  it('of its health', async () => {
    expect(await judged('GET', '/health/live')).toEqual([200, '']);
    expect(await judged('GET', '/health/startup')).toEqual([503, '']);
    app.startup.complete();
    expect(await judged('GET', '/health/startup')).toEqual([200, '']);
    expect(await judged('GET', '/health/ready')).toEqual([200, '']);
    app.script.health = { ...app.script.health, database: 'down', gate: 'down' };
    expect(await judged('GET', '/health/ready')).toEqual([503, '']);
  });

  it('and the comparison finds what lacks and what is too much', () => {
    expect(document.faultsOfBody('Liveness', { status: 'up' })).toBe('');
    expect(document.faultsOfBody('Liveness', {})).toMatch(/required/);
    expect(document.faultsOfBody('Liveness', { status: 'up', since: 1 })).toMatch(/unevaluated/);
  });
});
