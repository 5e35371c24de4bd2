import { describe, expect, it } from '@jest/globals';
import { readEnvironment, targetOf } from './bench-environment.js';

const complete = {
  COUPON_API_URLS: 'http://127.0.0.1:8080',
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
    const COUPON_API_URLS = 'http://127.0.0.1:8080,https://shop.example';
    expect(() => readEnvironment({ ...complete, COUPON_API_URLS })).toThrow(/no TLS/);
  });

  it('takes the port of the scheme, and an IPv6 host out of its brackets', () => {
    expect(targetOf(new URL('http://[::1]'))).toEqual({ host: '::1', port: 80 });
  });

  it('knows several processes of each kind', () => {
    const { apiUrls, consumers, apiPids, mysqlPid, gateRedisPid } = readEnvironment({
      ...complete,
      COUPON_API_URLS: 'http://127.0.0.1:1,http://127.0.0.1:2',
      COUPON_API_PIDS: '11,12',
      COUPON_CONSUMER_URLS: 'http://127.0.0.1:3,http://127.0.0.1:4',
      COUPON_CONSUMER_PIDS: '13,14',
      MYSQL_PID: '15',
      GATE_REDIS_PID: '16',
    });
    expect(apiUrls.map(({ port }) => port)).toEqual(['1', '2']);
    expect(consumers.map(({ url, pid }) => [url.port, pid])).toEqual([
      ['3', 13],
      ['4', 14],
    ]);
    expect([apiPids, mysqlPid, gateRedisPid]).toEqual([[11, 12], 15, 16]);
  });

  it('needs no processes to be named', () => {
    const nobody = { consumers: [], apiPids: [], mysqlPid: null, gateRedisPid: null };
    expect(readEnvironment({ ...complete, COUPON_CONSUMER_PIDS: '', MYSQL_PID: '' })).toMatchObject(nobody);
    const COUPON_CONSUMER_URLS = 'http://127.0.0.1:3';
    expect(() => readEnvironment({ ...complete, COUPON_CONSUMER_URLS })).toThrow(
      /must name the same consumers/,
    );
  });

  it('knows the queue', () => {
    const queueOf = (driver: string) => readEnvironment({ ...complete, QUEUE_DRIVER: driver }).queueDriver;
    expect(['', 'kafka'].map(queueOf)).toEqual(['redis-stream', 'kafka']);
  });

  it('knows a second system by what differs', () => {
    expect(readEnvironment(complete).beside).toBeNull();
    const { beside } = readEnvironment({
      ...complete,
      BESIDE_COUPON_API_URLS: 'http://127.0.0.1:5',
      BESIDE_MYSQL_URL: 'mysql://root@127.0.0.1:3306/other',
      BESIDE_REDIS_NAMESPACE: 'other',
    });
    const { apiUrls, mysqlUrl, gateRedisUrl, redisNamespace } = beside!;
    expect([apiUrls[0]!.port, mysqlUrl]).toEqual(['5', 'mysql://root@127.0.0.1:3306/other']);
    expect([gateRedisUrl, redisNamespace, beside!.beside]).toEqual([complete.REDIS_URL, 'other', null]);
  });

  it('asks for what tokens are made of where callers show them', () => {
    expect(readEnvironment({ ...complete, AUTH_MODE: 'dev' }).tokens).toBeNull();
    expect(() => readEnvironment({ ...complete, AUTH_MODE: 'jwt', JWT_SECRET: 's' })).toThrow(
      /^JWT_ISSUER, JWT_AUDIENCE must be set/,
    );
    const tokens = { JWT_SECRET: 's', JWT_ISSUER: 'shop', JWT_AUDIENCE: 'coupons' };
    expect(readEnvironment({ ...complete, AUTH_MODE: 'jwt', ...tokens }).tokens).toEqual({
      secret: 's',
      issuer: 'shop',
      audience: 'coupons',
    });
    expect(() => readEnvironment({ ...complete, AUTH_MODE: 'none' })).toThrow(/dev or jwt/);
  });
});
