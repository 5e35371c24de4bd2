import { afterEach, describe, expect, it } from '@jest/globals';
import type { JavaProgram } from './java-broker.js';
import {
  KAFKA_ON_DEMAND_SETTING,
  KafkaOnDemand,
  type KafkaStarts,
  kafkaBrokers,
  kafkaProgram,
} from './kafka-on-demand.js';

let broker: KafkaOnDemand;
let starts = 0;

afterEach(() => broker.close());

const refused = () => Promise.reject(new Error('no Java here'));

async function listening(starts: Partial<KafkaStarts>): Promise<NodeJS.ProcessEnv> {
  broker = new KafkaOnDemand({ broker: refused, program: refused, ...starts });
  return { [KAFKA_ON_DEMAND_SETTING]: await broker.listen() };
}

async function ask(start: KafkaStarts['broker']) {
  const env = await listening({ broker: start });
  return () => kafkaBrokers(env);
}

describe('a broker on demand', () => {
  it('is started for the first who asks, once for all, and named in the summary', async () => {
    const asking = await ask(async () => {
      starts += 1;
      return { brokers: 'a:1,b:2', title: 'a broker' };
    });
    expect([starts, await broker.describe()]).toEqual([0, []]);
    expect(await Promise.all([asking(), asking()])).toEqual([
      ['a:1', 'b:2'],
      ['a:1', 'b:2'],
    ]);
    expect([starts, await broker.describe()]).toEqual([1, ['Kafka: a broker (a:1,b:2)']]);
  });

  it('fails for whoever asks with the reason why there is none', async () => {
    const asking = await ask(refused);
    await expect(asking()).rejects.toThrow('no Java here');
    expect(await broker.describe()).toEqual(['Kafka: could not be started']);
  });

  it('is nothing outside of a test run', async () => {
    await expect(kafkaBrokers({})).rejects.toThrow('test script');
  });
});

describe('what starts three brokers', () => {
  it.each<[string, JavaProgram | null, RegExp]>([
    ['there', { java: '/java' }, /^Kafka in three brokers: Apache Kafka/],
    ['neither there nor to be had', null, /^Kafka in three brokers: .*SKIPPED.* Java 17 and Maven/],
  ])('is %s, and the summary says so', async (_, program, said) => {
    const env = await listening({ program: async () => program });
    expect(await broker.describe()).toEqual([]);
    expect(await kafkaProgram(env)).toEqual(program);
    expect(await broker.describe()).toEqual([expect.stringMatching(said)]);
  });

  it('is looked for when the broker of the run has started, since both may install the same things', async () => {
    const steps: string[] = [];
    const env = await listening({
      broker: async () => {
        steps.push('broker');
        await new Promise((resolve) => setImmediate(resolve));
        steps.push('broker is there');
        return { brokers: 'a:1', title: 'a broker' };
      },
      program: async () => {
        steps.push('program');
        return null;
      },
    });
    const asked = kafkaBrokers(env);
    while (steps.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([asked, kafkaProgram(env)]);
    expect(steps).toEqual(['broker', 'broker is there', 'program']);
  });
});
