import { describe, expect, it } from '@jest/globals';
import { bootFailure } from './boot-failure.js';

const failing = (code: string) => Object.assign(new Error('raw'), { code, address: '127.0.0.1', port: 8080 });

describe('bootFailure', () => {
  it.each([
    ['EADDRINUSE', /^Port 8080 of 127\.0\.0\.1 .* PORT_SETTING /],
    ['EACCES', /^Port 8080 of 127\.0\.0\.1 .* PORT_SETTING /],
    ['EADDRNOTAVAIL', /^127\.0\.0\.1 .* HOST /],
    ['OTHER', /^raw$/],
  ])('%s', (code, text) => {
    expect(bootFailure(failing(code), 'PORT_SETTING', {})).toMatch(text);
  });

  it('says nothing secret', () => {
    const cause = new Error('mysql://root:p@ss@host says no to its-password');
    const env = { REDIS_URL: 'redis://:its-password@host' };
    expect(bootFailure(cause, 'P', env)).toBe('mysql://root:[removed]@host says no to [removed]');
  });

  it('has words for whatever is thrown', () => {
    expect([bootFailure('a text', 'P', {}), bootFailure(null, 'P', {})]).toEqual(['a text', 'null']);
  });
});
