import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CouponId } from 'coupon-core';
import { aCoupon } from '../testing/a-coupon.js';
import type { Script } from '../testing/core-in-memory.js';
import { ScriptedApp } from '../testing/scripted-app.js';

describe('coupons', () => {
  let app: ScriptedApp;
  let script: Script;

  beforeEach(async () => {
    app = await ScriptedApp.start();
    script = app.script;
  });

  afterEach(async () => {
    await app.stop();
  });

  describe('coupons for everybody', () => {
    it('shows a coupon with an ETag of its version', async () => {
      script.coupons = [aCoupon({ metadata: { a: 1 } })];
      script.from = 'L2';
      const answer = await app.call('GET', '/v1/coupons/7', { headers: {} });
      expect([answer.statusCode, answer.headers.etag, answer.headers['x-cache']]).toEqual([
        200,
        'W/"7-12"',
        'L2',
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
        const { etag } = (await app.call('GET', url)).headers;
        const again = await app.call('GET', url, { headers: { 'if-none-match': `"other", ${etag}` } });
        expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', etag]);
        script.coupons = [aCoupon({ version: 13 })];
        const changed = await app.call('GET', url, { headers: { 'if-none-match': String(etag) } });
        expect(changed.statusCode).toBe(200);
        script.coupons = [aCoupon()];
      }
    });

    it('hides a draft', async () => {
      script.coupons = [aCoupon({ state: 'DRAFT' })];
      const answer = await app.call('GET', '/v1/coupons/7');
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'COUPON_NOT_FOUND']);
    });

    it('lists a page and where the next one begins', async () => {
      script.coupons = [9, 8, 7].map((id) => aCoupon({ id: id as CouponId }));
      const first = (await app.call('GET', '/v1/coupons?state=OPEN&limit=2')).json();
      expect(first.items.map(({ id }: { id: number }) => id)).toEqual([9, 8]);
      expect(first.nextCursor).toBe('8');
      await app.call('GET', '/v1/coupons?cursor=8');
      expect(script.asked).toEqual([
        expect.objectContaining({ states: ['OPEN'], beforeId: null, limit: 3 }),
        expect.objectContaining({ states: ['OPEN', 'PAUSED', 'CLOSED'], beforeId: 8, limit: 21 }),
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
      const answer = await app.call('GET', `/v1/coupons?${query}`);
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'VALIDATION_FAILED']);
    });
  });
});
