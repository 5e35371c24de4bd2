import { describe, expect, it } from '@jest/globals';
import { topicsConfig } from './topics-config.js';

const given = { KAFKA_BROKERS: 'one:9092, two:9092' };
const HOUR_MS = 3_600_000;

describe('the configuration of the topics', () => {
  it('has defaults for everything but the brokers', () => {
    expect(topicsConfig(given)).toEqual({
      brokers: ['one:9092', 'two:9092'],
      plans: [
        { topic: 'coupon-events', partitions: 4, retentionMs: 720 * HOUR_MS },
        { topic: 'coupon-issue-requests', partitions: 4, retentionMs: 168 * HOUR_MS },
        { topic: 'coupon-issue-requests.dlt', partitions: 1, retentionMs: 720 * HOUR_MS },
      ],
      care: { copies: undefined, copiesInSync: undefined, compression: 'producer' },
    });
    expect(() => topicsConfig({})).toThrow(/KAFKA_BROKERS: /);
  });

  it('reads partitions and retention of each topic, and how all of them are kept', () => {
    const { plans, care } = topicsConfig({
      ...given,
      EVENTS_PARTITIONS: '2',
      EVENTS_RETENTION_H: '3',
      REQUESTS_PARTITIONS: '4',
      REQUESTS_RETENTION_H: '5',
      DEAD_LETTERS_PARTITIONS: '6',
      DEAD_LETTERS_RETENTION_H: '7',
      TOPICS_COPIES: '3',
      TOPICS_COPIES_IN_SYNC: '3',
      TOPICS_COMPRESSION: 'gzip',
    });
    expect(plans.map(({ partitions, retentionMs }) => [partitions, retentionMs / HOUR_MS])).toEqual([
      [2, 3],
      [4, 5],
      [6, 7],
    ]);
    expect(care).toEqual({ copies: 3, copiesInSync: 3, compression: 'gzip' });
  });

  it.each([
    ['KAFKA_BROKERS', 'kafka://one'],
    ['REQUESTS_PARTITIONS', '0'],
    ['REQUESTS_RETENTION_H', 'a week'],
    ['DEAD_LETTERS_PARTITIONS', '1001'],
    ['DEAD_LETTERS_RETENTION_H', '0'],
    ['TOPICS_COPIES', '0'],
    ['TOPICS_COPIES_IN_SYNC', '1.5'],
    ['TOPICS_COMPRESSION', 'zstd'],
  ])('does not take %s = %j', (name, value) => {
    expect(() => topicsConfig({ ...given, [name]: value })).toThrow(new RegExp(`  ${name}: `));
  });

  it('does not want more copies in sync than there are, and says so beside other faults', () => {
    const copies = { TOPICS_COPIES: '2', TOPICS_COPIES_IN_SYNC: '3' };
    const reading = () => topicsConfig({ ...given, ...copies, TOPICS_COMPRESSION: 'zip' });
    expect(reading).toThrow(/TOPICS_COPIES_IN_SYNC: cannot be above TOPICS_COPIES/);
    expect(reading).toThrow(/TOPICS_COMPRESSION: /);
  });
});
