import { describe, expect, it } from '@jest/globals';
import { requestIdOf } from './request-id.js';

const idFor = (given: string | undefined) => requestIdOf({ headers: { 'x-request-id': given } });

describe('requestIdOf', () => {
  it.each(['a', 'support case 7', '~'.repeat(128)])('takes %p as it is', (given) => {
    expect(idFor(given)).toBe(given);
  });

  it.each([undefined, '', 'x'.repeat(129), 'a\tb', 'é'])('makes a fresh one in place of %p', (given) => {
    expect(idFor(given)).toMatch(/^[\w-]{12}\.\d+$/);
    expect(idFor(given)).not.toBe(idFor(given));
  });
});
