import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CouponId, UserId } from 'coupon-core';
import type { Script } from '../testing/core-in-memory.js';
import { ScriptedApp } from '../testing/scripted-app.js';

const issue = {
  status: 'ISSUED',
  couponId: 7 as CouponId,
  userId: '42' as UserId,
  issueNumber: 4,
  issuedAt: Date.UTC(2026, 10, 20),
  expiresAt: null,
  lifecycle: 'CANCELLED',
  claim: null,
} as const;
const CANCEL = '/v1/coupons/7/issues/4/cancel';
const REVOKE = '/admin/v1/coupons/7/issues/4/revoke';

describe('taking an issue back', () => {
  let app: ScriptedApp;
  let script: Script;

  beforeEach(async () => {
    app = await ScriptedApp.start();
    script = app.script;
  });

  afterEach(async () => {
    await app.stop();
  });

  const post = (url: string, headers: Record<string, string> = { 'x-user-id': '42' }) =>
    app.call('POST', url, { headers });

  it('answers the issue with its lifecycle, the first time and ever after', async () => {
    for (const outcome of ['TAKEN_BACK', 'REPEATED'] as const) {
      script.takeBack = { outcome, issue };
      const answer = await post(CANCEL);
      expect([answer.statusCode, answer.json()]).toEqual([
        200,
        {
          couponId: 7,
          userId: '42',
          issueNumber: 4,
          status: 'ISSUED',
          issuedAt: '2026-11-20T00:00:00.000Z',
          expiresAt: null,
          lifecycle: 'CANCELLED',
        },
      ]);
    }
  });

  it.each([
    [{ outcome: 'NOT_FOUND' }, 404, 'ISSUE_NOT_FOUND'],
    [{ outcome: 'TOO_LATE', lifecycle: 'USED' }, 409, 'ISSUE_NOT_CANCELLABLE'],
    [{ outcome: 'UNAVAILABLE', reason: 'QUEUE_FULL' }, 503, 'UNAVAILABLE'],
  ] as const)('is refused: %p', async (outcome, status, code) => {
    script.takeBack = outcome;
    const answer = await post(CANCEL);
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
    if (status === 409) expect(answer.json().detail).toContain('USED');
    if (status === 503) expect(answer.headers['retry-after']).toBe('1');
  });

  it('is for the owner, whatever somebody without a role claims; services and operators act for all', async () => {
    script.takeBack = { outcome: 'TAKEN_BACK', issue };
    const asked = { couponId: 7, as: 'CANCELLED' };
    const requestId = expect.any(String);
    await post(CANCEL, { 'x-user-id': '42', 'x-roles': 'owner' });
    await post(CANCEL, { 'x-user-id': 'shop', 'x-roles': 'service' });
    await post(CANCEL, { 'x-user-id': 'ann', 'x-roles': 'admin' });
    expect(script.asked).toMatchObject([
      { ...asked, request: { issueNumber: 4, owner: '42', by: null } },
      { ...asked, request: { issueNumber: 4, owner: null, by: { userId: 'shop', requestId } } },
      { ...asked, request: { issueNumber: 4, owner: null, by: { userId: 'ann', requestId } } },
    ]);
  });

  it('by revoking is for operators alone', async () => {
    script.takeBack = { outcome: 'TAKEN_BACK', issue: { ...issue, lifecycle: 'REVOKED' } };
    expect((await post(REVOKE)).json().code).toBe('FORBIDDEN');
    expect((await post(REVOKE, { 'x-user-id': 'shop', 'x-roles': 'service' })).json().code).toBe('FORBIDDEN');
    expect(script.asked).toEqual([]);
    const answer = await post(REVOKE, { 'x-user-id': 'ann', 'x-roles': 'admin' });
    expect([answer.statusCode, answer.json().lifecycle]).toEqual([200, 'REVOKED']);
    expect(script.asked).toMatchObject([
      { couponId: 7, request: { issueNumber: 4, owner: null, by: { userId: 'ann' } }, as: 'REVOKED' },
    ]);
  });

  it('needs a name and numbers', async () => {
    expect((await post(CANCEL, {})).json().code).toBe('UNAUTHENTICATED');
    for (const url of [
      '/v1/coupons/0/issues/4/cancel',
      '/v1/coupons/7/issues/0/cancel',
      '/v1/coupons/7/issues/1e3/cancel',
    ]) {
      const answer = await post(url);
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'VALIDATION_FAILED']);
    }
    expect(script.asked).toEqual([]);
  });
});
