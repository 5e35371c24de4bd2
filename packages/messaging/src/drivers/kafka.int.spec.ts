import { describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { kafkaBrokers } from 'local-stack';
import { newMessageId } from '../envelope.js';
import { describeBroker } from '../testing/broker-contract.js';
import { KafkaBroker, kafkaClient } from './kafka.js';
import { ensureTopics } from './kafka-topics.js';

const open = async () => ({
  brokers: await kafkaBrokers(),
  clientId: 'contract',
  onConsumerEnd: (cause: Error) => {
    throw cause;
  },
});
const plan = (topic: string) => ({ topic, partitions: 2, retentionMs: 3_600_000 });

describeBroker('Kafka', async () => {
  const options = await open();
  return {
    broker: new KafkaBroker(options),
    makeTopic: (topic) => ensureTopics(options.brokers, [plan(topic)]),
  };
});

describe('topics', () => {
  it('are made once, and given the settings of a later plan', async () => {
    const { brokers } = await open();
    const topic = `topics-${newMessageId()}`;
    expect(await ensureTopics(brokers, [plan(topic)])).toEqual([`${topic}: made, partitions: 2, copies: 1`]);
    const later = { ...plan(topic), retentionMs: 5_000 };
    expect(await ensureTopics(brokers, [later])).toEqual([
      `${topic}: was there, settings renewed, copies: 1`,
    ]);
  });

  it('are not made where the cluster cannot keep them as they are to be', async () => {
    const { brokers } = await open();
    const [there, missing] = [`topics-${newMessageId()}`, `topics-${newMessageId()}`];
    await ensureTopics(brokers, [plan(there)]);
    const plans = [plan(there), plan(missing)];
    await expect(ensureTopics(brokers, plans, { copies: 100 })).rejects.toThrow(/to have 100 copies/);
    await expect(ensureTopics(brokers, plans, { copiesInSync: 2 })).rejects.toThrow(
      `${there}: 2 copies are to be in sync; copies it has: 1.`,
    );
    expect(await ensureTopics(brokers, [plan(missing)])).toEqual([
      `${missing}: made, partitions: 2, copies: 1`,
    ]);
  });

  it('keep what else an operator has set', async () => {
    const { brokers } = await open();
    const name = `topics-${newMessageId()}`;
    await ensureTopics(brokers, [plan(name)]);
    const admin = kafkaClient(brokers, 'operator').admin();
    await admin.connect();
    try {
      const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name };
      const configEntries = [{ name: 'max.message.bytes', value: '123456' }];
      await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries }] });
      await ensureTopics(brokers, [plan(name)], { compression: 'gzip' });
      const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [resource] });
      const own = resources[0]!.configEntries.filter(({ configSource }) => configSource === 1);
      expect(own.map(({ configName, configValue }) => [configName, configValue])).toEqual(
        expect.arrayContaining([
          ['max.message.bytes', '123456'],
          ['retention.ms', '3600000'],
          ['compression.type', 'gzip'],
        ]),
      );
    } finally {
      await admin.disconnect();
    }
  });
});
