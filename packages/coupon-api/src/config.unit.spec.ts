import { describe, expect, it } from '@jest/globals';
import { readConfig } from './config.js';

const NEEDED = {
  MYSQL_URL: 'mysql://root@127.0.0.1:3306/fcfs',
  REDIS_URL: 'redis://127.0.0.1:6379',
  RECEIPT_SECRET: 'sixteen characters',
};

describe('readConfig', () => {
  it('has defaults for all that is not about servers and secrets', () => {
    const config = readConfig(NEEDED);
    expect(config).toMatchObject({ host: '127.0.0.1', port: 8080, logLevel: 'info' });
    expect(config.core.mysql.url).toBe(NEEDED.MYSQL_URL);
  });

  it('cannot be changed afterwards', () => {
    const config = readConfig(NEEDED);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.core)).toBe(true);
  });

  it('names every fault at once, also those of a combination', () => {
    const faulty = { COUPON_API_PORT: '0', LOG_LEVEL: 'loud', NODE_ENV: 'production' };
    const read = () => readConfig(faulty);
    for (const name of [
      'MYSQL_URL',
      'REDIS_URL',
      'RECEIPT_SECRET',
      'COUPON_API_PORT',
      'LOG_LEVEL',
      'AUTH_MODE',
    ]) {
      expect(read).toThrow(new RegExp(`^ {2}${name}: `, 'm'));
    }
  });

  it('knows no other AUTH_MODE than dev, and refuses that one in production', () => {
    expect(() => readConfig({ ...NEEDED, AUTH_MODE: 'jwt' })).toThrow(/AUTH_MODE: must be dev/);
    expect(() => readConfig({ ...NEEDED, NODE_ENV: 'production' })).toThrow(/AUTH_MODE: dev is refused/);
    expect(() => readConfig({ ...NEEDED, NODE_ENV: 'test' })).not.toThrow();
  });
});
