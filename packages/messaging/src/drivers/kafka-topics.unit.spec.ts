import { describe, expect, it } from '@jest/globals';
import { copiesAmong, topicSettings } from './kafka-topics.js';

const PLAN = { topic: 't', partitions: 4, retentionMs: 1_000 };

describe('the settings of a topic', () => {
  it.each([
    [1, 1, '1'],
    [2, 1, '1'],
    [3, 3, '2'],
    [5, 3, '2'],
  ])('of %i brokers: %i copies, %s in sync', (brokers, copies, inSync) => {
    expect(copiesAmong(brokers)).toBe(copies);
    expect(topicSettings(PLAN, copies)).toEqual(
      expect.arrayContaining([
        { name: 'min.insync.replicas', value: inSync },
        { name: 'unclean.leader.election.enable', value: 'false' },
        { name: 'retention.ms', value: '1000' },
      ]),
    );
  });

  it('are those of the operator', () => {
    expect(copiesAmong(3, 2)).toBe(2);
    expect(topicSettings(PLAN, 3, { copiesInSync: 3, compression: 'gzip' })).toEqual(
      expect.arrayContaining([
        { name: 'min.insync.replicas', value: '3' },
        { name: 'compression.type', value: 'gzip' },
      ]),
    );
  });

  it('are not what no cluster can keep', () => {
    expect(() => copiesAmong(2, 3)).toThrow(/to have 3 copies, one to a broker; brokers that answer: 2/);
    expect(() => topicSettings(PLAN, 1, { copiesInSync: 2 })).toThrow(
      't: 2 copies are to be in sync; copies it has: 1.',
    );
  });
});
