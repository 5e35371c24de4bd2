import { describe, expect, it } from '@jest/globals';
import { brokerSettings } from './broker-settings.js';

const node = (number: number) => ({ port: 1_000 + number, controllerPort: 2_000 + number });

describe('the settings of a broker', () => {
  it('alone: one copy, and itself as its controller', () => {
    expect(brokerSettings([node(1)])).toMatchObject({
      'node.id': '1',
      'controller.quorum.voters': '1@127.0.0.1:2001',
      'min.insync.replicas': '1',
      'offsets.topic.replication.factor': '1',
    });
  });

  it('among three: all of them as controllers, three copies, two of which must have a write', () => {
    expect(brokerSettings([node(1), node(2), node(3)], 2)).toMatchObject({
      'node.id': '2',
      'controller.quorum.voters': '1@127.0.0.1:2001,2@127.0.0.1:2002,3@127.0.0.1:2003',
      'advertised.listeners': 'PLAINTEXT://127.0.0.1:1002',
      'min.insync.replicas': '2',
      'offsets.topic.replication.factor': '3',
    });
  });
});
