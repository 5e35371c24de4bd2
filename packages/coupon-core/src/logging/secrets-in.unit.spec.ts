import { expect, it } from '@jest/globals';
import { secretsIn } from './secrets-in.js';

it('finds secrets, passwords and headers, as they are written and as they are sent', () => {
  const found = secretsIn({
    RECEIPT_SECRET: 'the first of two, the second of two',
    JWT_SECRET: 'with = and % signs',
    MYSQL_URL: 'mysql://root:pass%40word@host/fcfs',
    REDIS_URL: 'redis://:only-a-password@host',
    CACHE_REDIS_URL: 'no address',
    OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a-long-key, authorization=Bearer%20abc%3D',
    LOG_LEVEL: 'a setting that is none',
  });
  expect(found.sort()).toEqual(
    [
      ...['the first of two, the second of two', 'the first of two', 'the second of two'],
      ...['with = and % signs', 'pass%40word', 'pass@word', 'only-a-password', 'a-long-key'],
      ...['Bearer%20abc%3D', 'Bearer abc='],
    ].sort(),
  );
});

it('leaves what is too short to be told from other words, and what is not there', () => {
  expect(secretsIn({ MYSQL_URL: 'mysql://root:root@host/fcfs', REDIS_URL: 'redis://host' })).toEqual([]);
  expect(secretsIn({ MYSQL_URL: 'mysql://root:100%25-%zz@host' })).toEqual(['100%25-%zz']);
});
