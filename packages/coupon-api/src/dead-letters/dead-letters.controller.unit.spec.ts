import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CouponId, DeadLetter, UserId } from 'coupon-core';
import { ADMIN } from '../testing/operator.js';
import { ScriptedApp } from '../testing/scripted-app.js';
import { ServedDocument } from '../testing/served-document.js';

const claim = { userId: '42' as UserId, epoch: 2, ticket: 12, acceptedAt: Date.UTC(2026, 0, 2) };

const letter: DeadLetter = {
  id: 3,
  state: 'WAITING',
  couponId: 7 as CouponId,
  claim,
  payload: { ...claim },
  cause: 'Data too long',
  attempts: 2,
  nextAttemptAt: Date.UTC(2026, 0, 3),
  createdAt: Date.UTC(2026, 0, 2),
  updatedAt: Date.UTC(2026, 0, 2),
};

const unreadable: DeadLetter = {
  ...letter,
  ...{ id: 2, couponId: null, claim: null, payload: { raw: { what: 'is this' } }, nextAttemptAt: null },
};

describe('dead letters', () => {
  let app: ScriptedApp;
  let document: ServedDocument;

  beforeEach(async () => {
    app = await ScriptedApp.start();
    document = await ServedDocument.of(app);
    app.script.letters = [letter, unreadable];
  });

  afterEach(() => app.stop());

  async function operate(method: 'GET' | 'POST', path: string) {
    const answer = await app.call(method, `/admin/v1/dead-letters${path}`, { headers: ADMIN });
    const described = `/admin/v1/dead-letters${path.replace(/\?.*/, '').replace(/\/\d+/, '/{id}')}`;
    expect(document.faultsOfAnswer(`${method} ${described}`, answer)).toBe('');
    return answer;
  }

  it('are listed page by page, of a state or a coupon', async () => {
    const first = (await operate('GET', '?limit=1&state=WAITING&couponId=7')).json();
    expect(first).toMatchObject({
      items: [{ id: 3, userId: '42', ticket: 12, nextAttemptAt: '2026-01-03T00:00:00.000Z' }],
      nextCursor: '3',
    });
    expect((await operate('GET', '?cursor=3')).json().nextCursor).toBeNull();
    expect(app.script.asked).toEqual([
      { couponId: 7, state: 'WAITING', beforeId: null, limit: 2 },
      { couponId: null, state: null, beforeId: 3, limit: 21 },
    ]);
    expect((await operate('GET', '?state=LOST')).json().code).toBe('VALIDATION_FAILED');
  });

  it('are shown as they were kept', async () => {
    expect((await operate('GET', '/2')).json()).toMatchObject({
      couponId: null,
      userId: null,
      payload: { raw: { what: 'is this' } },
    });
    expect((await operate('GET', '/9')).json().code).toBe('DEAD_LETTER_NOT_FOUND');
    expect((await operate('GET', '/0')).json().code).toBe('VALIDATION_FAILED');
  });

  it('are tried again', async () => {
    app.script.retry = { outcome: 'SETTLED', letter: { ...letter, state: 'SETTLED' }, view: null };
    expect((await operate('POST', '/3/retry')).json()).toMatchObject({ id: 3, state: 'SETTLED' });
    expect(app.script.asked).toMatchObject([{ id: 3, by: { userId: 'operator' } }]);
    app.script.retry = { outcome: 'FAILED_AGAIN', letter };
    expect((await operate('POST', '/3/retry')).json()).toMatchObject({ state: 'WAITING', attempts: 2 });
    app.script.retry = { outcome: 'NOT_POSSIBLE', letter: unreadable };
    const refused = await operate('POST', '/2/retry');
    expect([refused.statusCode, refused.json().code]).toEqual([409, 'DEAD_LETTER_DECIDED']);
    app.script.retry = { outcome: 'NOT_FOUND' };
    expect((await operate('POST', '/9/retry')).statusCode).toBe(404);
  });

  it('are given up', async () => {
    app.script.discard = { outcome: 'DISCARDED', letter: { ...letter, state: 'DISCARDED' }, view: null };
    expect((await operate('POST', '/3/discard')).json()).toMatchObject({ id: 3, state: 'DISCARDED' });
    app.script.discard = { outcome: 'NOT_POSSIBLE', letter: { ...letter, state: 'SETTLED' } };
    expect((await operate('POST', '/3/discard')).json().code).toBe('DEAD_LETTER_DECIDED');
    app.script.discard = { outcome: 'NOT_FOUND' };
    expect((await operate('POST', '/9/discard')).statusCode).toBe(404);
  });

  it('are for operators alone', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/3'],
      ['POST', '/3/retry'],
      ['POST', '/3/discard'],
    ] as const) {
      expect((await app.call(method, `/admin/v1/dead-letters${path}`)).json().code).toBe('FORBIDDEN');
    }
  });
});
