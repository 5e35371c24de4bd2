import { describe, expect, it } from '@jest/globals';
import { afterFailure, type DeadLetter, RETRIES_MAX, RETRY_EVERY_MS } from './dead-letter.js';

const letter: DeadLetter = {
  ...{ id: 1, state: 'WAITING', couponId: null, claim: null, payload: {}, cause: 'first', attempts: 1 },
  ...{ nextAttemptAt: 0, createdAt: 0, updatedAt: 0 },
};

describe('a dead letter that fails again', () => {
  it('is tried five times more, five minutes apart, and then waits for an operator', () => {
    let failed = letter;
    for (let retry = 1; retry < RETRIES_MAX; retry += 1) {
      failed = afterFailure(failed, `retry ${retry}`, retry);
      expect(failed).toMatchObject({ state: 'WAITING', nextAttemptAt: retry + RETRY_EVERY_MS });
    }
    failed = afterFailure(failed, 'the last', 99);
    expect(failed).toMatchObject({ state: 'PERMANENT_FAILURE', nextAttemptAt: null, cause: 'the last' });
    expect(failed.attempts).toBe(1 + RETRIES_MAX);
    expect(afterFailure(failed, 'by hand', 100).state).toBe('PERMANENT_FAILURE');
  });
});
