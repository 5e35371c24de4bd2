import { describe, expect, it } from '@jest/globals';
import { readEnvironment, targetOf } from './bench-environment.js';

const complete = {
  COUPON_API_URL: 'http://127.0.0.1:8080',
  MYSQL_URL: 'mysql://root@127.0.0.1:3306/fcfs',
  REDIS_URL: 'redis://127.0.0.1:6379',
  CACHE_REDIS_URL: 'redis://127.0.0.1:6380',
};

describe('the environment', () => {
  it('names everything that is missing at once', () => {
    expect(() => readEnvironment({ ...complete, MYSQL_URL: undefined, REDIS_URL: '' })).toThrow(
      /^MYSQL_URL, REDIS_URL must be set/,
    );
  });

  it('uses the namespace of the system where none is named', () => {
    expect(readEnvironment(complete).redisNamespace).toBe('fcfs');
    expect(readEnvironment({ ...complete, REDIS_NAMESPACE: 'mine' }).redisNamespace).toBe('mine');
  });

  it('refuses an address that the generator cannot speak to', () => {
    expect(() => readEnvironment({ ...complete, COUPON_API_URL: 'https://shop.example' })).toThrow(/no TLS/);
  });

  it('takes the port of the scheme, and an IPv6 host out of its brackets', () => {
    expect(targetOf(new URL('http://[::1]'))).toEqual({ host: '::1', port: 80 });
  });
});
