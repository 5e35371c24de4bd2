import { describe, expect, it } from '@jest/globals';
import { GateUnreachable, REFUSAL_CODES, type RefusalCode, StoreUnavailable } from 'coupon-core';
import { NotAnswerable, problem, RequestRefused, STATUS_OF, TITLE_OF } from './problem.js';
import { answerOf } from './problem-of-error.js';

describe('problems', () => {
  it('exist for every refusal of the core, as the contract says', () => {
    const others: Partial<Record<RefusalCode, number>> = {
      COUPON_NOT_FOUND: 404,
      IDEMPOTENCY_KEY_REQUIRED: 400,
    };
    for (const code of REFUSAL_CODES) expect(STATUS_OF[code]).toBe(others[code] ?? 409);
    expect(Object.keys(TITLE_OF).sort()).toEqual(Object.keys(STATUS_OF).sort());
  });

  it('carry one name per code, and the request id', () => {
    expect(problem('NOT_STARTED', undefined, 'id-1')).toEqual({
      type: 'urn:fcfs-coupons:problem:not-started',
      title: TITLE_OF.NOT_STARTED,
      status: 409,
      code: 'NOT_STARTED',
      detail: TITLE_OF.NOT_STARTED,
      correlationId: 'id-1',
    });
  });

  const ofStatus = (statusCode: number) => Object.assign(new Error('outside'), { statusCode });

  it.each([
    [new RequestRefused('FORBIDDEN', 'no'), { code: 'FORBIDDEN', detail: 'no' }],
    [new StoreUnavailable('inside'), { code: 'UNAVAILABLE' }],
    [new GateUnreachable('inside'), { code: 'UNAVAILABLE' }],
    [new GateUnreachable('inside', { retryAfterMs: 20_001 }), { code: 'UNAVAILABLE', retryAfterMs: 20_001 }],
    [new NotAnswerable(5), { code: 'UNAVAILABLE', retryAfterMs: 5 }],
    [new TypeError('inside'), { code: 'INTERNAL_ERROR' }],
    ['a text', { code: 'INTERNAL_ERROR' }],
    [undefined, { code: 'INTERNAL_ERROR' }],
    [ofStatus(400), { code: 'VALIDATION_FAILED', detail: 'outside' }],
    [ofStatus(404), { code: 'ROUTE_NOT_FOUND' }],
    [ofStatus(413), { code: 'PAYLOAD_TOO_LARGE' }],
    [ofStatus(415), { code: 'UNSUPPORTED_MEDIA_TYPE' }],
    [ofStatus(500), { code: 'INTERNAL_ERROR' }],
    [ofStatus(503), { code: 'UNAVAILABLE' }],
  ])('answer %p', (cause, answer) => {
    expect(answerOf(cause)).toEqual(answer);
  });
});
