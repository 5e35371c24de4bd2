import { describe, expect, it } from '@jest/globals';
import { readConfig } from './config.js';

const NEEDED = {
  MYSQL_URL: 'mysql://root@127.0.0.1:3306/fcfs',
  REDIS_URL: 'redis://127.0.0.1:6379',
  RECEIPT_SECRET: 'sixteen characters',
};

describe('readConfig', () => {
  it('has defaults for all that is not about servers and secrets', () => {
    expect(readConfig(NEEDED)).toMatchObject({ host: '127.0.0.1', port: 9091, logLevel: 'info' });
    expect(Object.isFrozen(readConfig(NEEDED))).toBe(true);
  });

  it('names every fault at once', () => {
    const read = () => readConfig({ COUPON_CONSUMER_PORT: 'x', LOG_LEVEL: 'loud' });
    for (const name of ['MYSQL_URL', 'REDIS_URL', 'RECEIPT_SECRET', 'COUPON_CONSUMER_PORT', 'LOG_LEVEL']) {
      expect(read).toThrow(new RegExp(`^ {2}${name}: `, 'm'));
    }
  });
});
