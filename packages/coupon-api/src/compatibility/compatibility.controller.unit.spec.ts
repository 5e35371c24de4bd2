import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClaimView, CouponId, IssuedCoupon, RejectionReason, UserId } from 'coupon-core';
import type { Script } from '../testing/core-in-memory.js';
import { startJwtApp } from '../testing/jwt-app.js';
import { ScriptedApp } from '../testing/scripted-app.js';
import { ServedDocument } from '../testing/served-document.js';

const CALLS = ['/v1/issue', '/v1/issue-async', '/v2/issue-async'];
const BODY = { userId: 42, couponId: 7 };

const issue: IssuedCoupon = {
  status: 'ISSUED',
  couponId: 7 as CouponId,
  userId: '42' as UserId,
  issueNumber: 4,
  issuedAt: 0,
  expiresAt: null,
  lifecycle: null,
  claim: null,
};

const claim = (status: ClaimView['status'], made: ClaimView['issue'] = null) => ({
  outcome: 'CLAIM' as const,
  view: {
    couponId: 7 as CouponId,
    userId: '42' as UserId,
    status,
    ticket: 1,
    position: 0,
    estimatedWaitMs: 0,
    receipt: null,
    issue: made,
  },
});
const rejected = (reason: RejectionReason) =>
  claim('REJECTED', { ...issue, status: 'REJECTED', reason, claim: { epoch: 1, ticket: 1 } });

describe('the compatibility calls', () => {
  let app: ScriptedApp;
  let script: Script;

  beforeAll(async () => {
    app = await ScriptedApp.start();
    script = app.script;
  });

  beforeEach(() => {
    script.asked.length = 0;
  });

  afterAll(async () => {
    await app.stop();
  });

  /** By nobody: no header says who calls. */
  const post = async (url: string, payload: unknown = BODY) => {
    const answer = await app.call('POST', url, { headers: {}, payload: payload as object });
    return [answer.statusCode, answer.json()];
  };
  const success = [200, { isSuccess: true, comment: null }];
  const refusal = (comment: unknown) => [200, { isSuccess: false, comment }];

  it('ask the use case that each stands for, in the name of the body', async () => {
    for (const call of CALLS) await post(call);
    await post('/v1/issue', { userId: 'shop|ann', couponId: 8 });
    expect(script.asked).toEqual([
      [7, '42'],
      ['in turn', 7, '42'],
      [7, '42', null],
      [8, 'shop|ann'],
    ]);
  });

  it('say that it worked, whether now or before', async () => {
    for (const outcome of ['ISSUED', 'REPEATED'] as const) {
      script.issue = { outcome, issue };
      expect(await post('/v1/issue')).toEqual(success);
    }
    for (const answer of [
      { outcome: 'ISSUED_BY_V1', issue } as const,
      claim('PENDING'),
      claim('ISSUED', issue),
    ]) {
      script.request = answer;
      expect(await post('/v1/issue-async')).toEqual(success);
      expect(await post('/v2/issue-async')).toEqual(success);
    }
  });

  it('say of an issue that was handed over that it is still to come', async () => {
    script.issue = claim('PENDING');
    expect(await post('/v1/issue')).toEqual([
      200,
      { isSuccess: true, comment: expect.stringMatching(/line/) },
    ]);
    script.issue = claim('ISSUED', issue);
    expect(await post('/v1/issue')).toEqual(success);
  });

  it('say why not in a fixed sentence, and 200', async () => {
    script.issue = { outcome: 'REFUSED', code: 'WRONG_MODE' };
    script.request = { outcome: 'REFUSED', code: 'SOLD_OUT' };
    expect(await post('/v1/issue')).toEqual(refusal('This coupon is not issued by this call.'));
    expect(await post('/v1/issue-async')).toEqual(refusal('No unit is left.'));
    expect(await post('/v2/issue-async')).toEqual(refusal('No unit is left.'));
    const comments = new Set<string>();
    for (const reason of ['SOLD_OUT', 'LOST_IN_INCIDENT', 'DISCARDED'] as const) {
      script.request = rejected(reason);
      script.issue = rejected(reason);
      const [, { comment }] = await post('/v2/issue-async');
      expect([await post('/v1/issue'), await post('/v2/issue-async')]).toEqual([
        refusal(comment),
        refusal(expect.stringMatching(/^[A-Z].*\.$/)),
      ]);
      comments.add(comment);
    }
    expect(comments.size).toBe(3);
  });

  it('are a problem where nothing is known, or nothing can be understood', async () => {
    for (const answer of [{ outcome: 'UNAVAILABLE', reason: 'x' } as const, claim('UNKNOWN')]) {
      script.issue = answer;
      script.request = answer;
      for (const call of CALLS) {
        expect([call, await post(call)]).toEqual([
          call,
          [503, expect.objectContaining({ code: 'UNAVAILABLE' })],
        ]);
      }
    }
    for (const body of [
      {},
      [],
      { userId: 1 },
      { couponId: 1 },
      { ...BODY, more: 1 },
      ...[0, -1, 1.5, '1', null, 2 ** 53].map((couponId) => ({ userId: 1, couponId })),
      ...[-1, 1.5, 2 ** 53, '', 'a b', 'x'.repeat(65), null, true].map((userId) => ({ userId, couponId: 1 })),
    ]) {
      expect([body, await post('/v1/issue', body)]).toEqual([
        body,
        [400, expect.objectContaining({ code: 'VALIDATION_FAILED' })],
      ]);
    }
    expect(script.asked).toHaveLength(6);
  });

  it('do not exist where tokens say who calls, unless an operator has said so', async () => {
    for (const isWanted of [false, true]) {
      const other = await startJwtApp(undefined, isWanted);
      try {
        const { operations } = await ServedDocument.of(other);
        for (const url of CALLS) {
          const { statusCode } = await other.call('POST', url, { headers: {}, payload: BODY });
          expect([url, statusCode, operations.has(`POST ${url}`)]).toEqual([
            url,
            isWanted ? 200 : 404,
            isWanted,
          ]);
        }
      } finally {
        await other.stop();
      }
    }
  });
});
