import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { BatchHandler, Consumer, MessageBroker, ReceivedMessage } from '../broker.js';
import { newMessageId } from '../envelope.js';
import { eventually } from './eventually.js';

export interface OpenBroker {
  broker: MessageBroker;
  /** Makes the topic where the broker does not do that by itself. */
  makeTopic(topic: string): Promise<unknown>;
}

/** What every broker has to do. */
export function brokerContract(open: () => Promise<OpenBroker>): void {
  let opened: OpenBroker;
  let topic: string;
  const consumers: Consumer[] = [];

  beforeAll(async () => {
    opened = await open();
  });

  beforeEach(async () => {
    topic = `contract-${newMessageId()}`;
    await opened.makeTopic(topic);
  });

  afterEach(async () => {
    await Promise.all(consumers.splice(0).map((consumer) => consumer.close()));
  });

  afterAll(() => opened?.broker.close());

  const consume = async (group: string, handle: BatchHandler): Promise<Consumer> => {
    const consumer = await opened.broker.consume(topic, `${topic}-${group}`, handle);
    consumers.push(consumer);
    return consumer;
  };
  const publish = (key: string, ...values: (string | number)[]) =>
    opened.broker.publish(
      topic,
      values.map((value) => ({ key, value: String(value) })),
    );
  const valuesOf = (messages: readonly ReceivedMessage[]) => messages.map(({ value }) => value);
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i));

  it('answers whether it is there', async () => {
    await opened.broker.ping();
  });

  it('hands over every message, those of a key in their order', async () => {
    const byKey = new Map<string, string[]>();
    await consume('group', async ({ messages }) => {
      for (const message of messages) {
        const seen = byKey.get(message.key) ?? [];
        byKey.set(message.key, seen.concat(valuesOf([message])));
      }
      return messages.length;
    });
    const keys = numbers(20).map((n) => `key ${n}`);
    for (const n of numbers(10)) await Promise.all(keys.map((key) => publish(key, n)));
    await eventually(() => expect(keys.map((key) => byKey.get(key))).toEqual(keys.map(() => numbers(10))));
  });

  it('begins with the oldest message for a new group, and gives each group all', async () => {
    await publish('a', 1, 2, 3);
    for (const suffix of ['x', 'y']) {
      const seen: string[] = [];
      await consume(suffix, async ({ messages }) => {
        seen.push(...valuesOf(messages));
        return messages.length;
      });
      await eventually(() => expect(seen).toEqual(['1', '2', '3']));
    }
  });

  it('hands over again what was not acknowledged, and nothing before it', async () => {
    await publish('a', ...numbers(6));
    const batches: string[][] = [];
    await consume('group', async ({ messages }) => {
      batches.push(valuesOf(messages));
      return batches.length === 1 ? Math.min(3, messages.length) : messages.length;
    });
    const acknowledged = () => Math.min(3, batches[0]?.length ?? 0);
    await eventually(() => expect(batches.slice(1).flat()).toEqual(numbers(6).slice(acknowledged())));
  });

  it('hands over again what a handler failed at', async () => {
    await publish('a', 1);
    const seen: string[] = [];
    await consume('group', async ({ messages }) => {
      seen.push(...valuesOf(messages));
      if (seen.length === 1) throw new Error('a fault');
      return messages.length;
    });
    await eventually(() => expect(seen).toEqual(['1', '1']));
  });

  it('goes on behind what was acknowledged when another consumer takes over', async () => {
    await publish('a', 1, 2, 3, 4);
    const first: string[] = [];
    const gone = await consume('group', async (batch) => {
      first.push(...valuesOf(batch.messages));
      const done = batch.messages.findIndex(({ value }) => value === '3');
      if (done === -1) return batch.messages.length;
      // Works at the third until it is asked to end.
      while (!batch.isStale()) await new Promise((resolve) => setTimeout(resolve, 10));
      return done;
    });
    await eventually(() => expect(first).toContain('3'));
    await gone.close();
    const second: string[] = [];
    await consume('group', async ({ messages }) => {
      second.push(...valuesOf(messages));
      return messages.length;
    });
    await eventually(() => expect(second).toEqual(['3', '4']));
  });

  it('shares a topic among the consumers of a group, and lets the others go on without one', async () => {
    const seen: string[] = [];
    const handle: BatchHandler = async ({ messages }) => {
      seen.push(...valuesOf(messages));
      return messages.length;
    };
    const one = await consume('group', handle);
    await consume('group', handle);
    const keys = numbers(20);
    for (const key of keys) await publish(key, `before ${key}`);
    await eventually(() => expect(new Set(seen)).toEqual(new Set(keys.map((key) => `before ${key}`))));
    await one.close();
    for (const key of keys) await publish(key, `after ${key}`);
    await eventually(() => expect(new Set(seen).size).toBe(40));
  });
}

export const describeBroker = (name: string, open: Parameters<typeof brokerContract>[0]) =>
  describe(`${name}, as a broker`, () => brokerContract(open));
