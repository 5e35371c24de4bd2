import { afterEach, describe, expect, it } from '@jest/globals';
import { KAFKA_ON_DEMAND_SETTING, KafkaOnDemand, kafkaBrokers } from './kafka-on-demand.js';

let broker: KafkaOnDemand;
let starts = 0;

afterEach(() => broker.close());

async function ask(start: ConstructorParameters<typeof KafkaOnDemand>[0]) {
  broker = new KafkaOnDemand(start);
  const env = { [KAFKA_ON_DEMAND_SETTING]: await broker.listen() };
  return () => kafkaBrokers(env);
}

describe('a broker on demand', () => {
  it('is started for the first who asks, once for all, and named in the summary', async () => {
    const asking = await ask(async () => {
      starts += 1;
      return { brokers: 'a:1,b:2', title: 'a broker' };
    });
    expect([starts, await broker.describe()]).toEqual([0, undefined]);
    expect(await Promise.all([asking(), asking()])).toEqual([
      ['a:1', 'b:2'],
      ['a:1', 'b:2'],
    ]);
    expect([starts, await broker.describe()]).toEqual([1, 'Kafka: a broker (a:1,b:2)']);
  });

  it('fails for whoever asks with the reason why there is none', async () => {
    const asking = await ask(() => Promise.reject(new Error('no Java here')));
    await expect(asking()).rejects.toThrow('no Java here');
    expect(await broker.describe()).toBe('Kafka: could not be started');
  });

  it('is nothing outside of a test run', async () => {
    await expect(kafkaBrokers({})).rejects.toThrow('test script');
  });
});
