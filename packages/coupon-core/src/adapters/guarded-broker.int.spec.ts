import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { kafkaBrokers } from 'local-stack';
import { InMemoryBroker, KafkaBroker, type MessageBroker, RedisStreamsBroker } from 'messaging';
import { breakerStates } from '../metrics/process-metrics.js';
import { BrokerUnreachable, GuardedBroker } from './guarded-broker.js';

jest.setTimeout(240_000);

const NOBODY = '127.0.0.1:1';
const MESSAGES = [{ key: 'a key', value: 'a value' }];
const LIMITS = { window: 2, failureRate: 0.5, openMs: 600_000, probes: 1 };

const opened: MessageBroker[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((broker) => broker.close()));
});

function guarded(broker: MessageBroker, limits = LIMITS): GuardedBroker {
  const made = new GuardedBroker(broker, limits);
  opened.push(made);
  return made;
}

const kafkaAt = (brokers: readonly string[]) =>
  new KafkaBroker({
    ...{ brokers, clientId: 'guarded', onConsumerEnd: () => undefined },
    patience: { requestMs: 30_000, retries: 1 },
  });

const thrownBy = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'nothing',
    (cause) => cause,
  );
const isOpen = () => breakerStates.of('broker').value === 2;

describe('GuardedBroker', () => {
  it.each([
    ['Kafka', () => kafkaAt([NOBODY])],
    [
      'Redis',
      () =>
        new RedisStreamsBroker({
          url: `redis://${NOBODY}`,
          namespace: 'none',
          partitions: 1,
          retentionMs: 1,
        }),
    ],
  ])('leaves %s alone where nobody answers', async (_name, open) => {
    const broker = guarded(open());
    for (let call = 0; call < LIMITS.window; call += 1) {
      const cause = await thrownBy(broker.publish('topic', MESSAGES));
      expect([cause, (cause as BrokerUnreachable).retryAfterMs]).toEqual([
        expect.any(BrokerUnreachable),
        undefined,
      ]);
    }
    const refusal = (await thrownBy(broker.publish('topic', MESSAGES))) as BrokerUnreachable;
    expect([isOpen(), refusal.retryAfterMs! > 500_000]).toEqual([true, true]);
    await expect(broker.ping()).rejects.toThrow();
  });

  it('takes what the broker refuses for an answer', async () => {
    const broker = guarded(kafkaAt(await kafkaBrokers()), { ...LIMITS, window: 1 });
    const cause = await thrownBy(broker.publish('a-topic-that-nobody-made', MESSAGES));
    expect([cause, isOpen()]).toEqual([expect.any(Error), false]);
    expect(cause).not.toBeInstanceOf(BrokerUnreachable);
    await broker.ping();
  });

  it('leaves a broker alone that cannot write, as with too few copies in sync', async () => {
    const refusing = new InMemoryBroker();
    const refusal = Object.assign(new Error('NOT_ENOUGH_REPLICAS'), {
      ...{ name: 'KafkaJSProtocolError', type: 'NOT_ENOUGH_REPLICAS', retriable: true },
    });
    refusing.publish = () => Promise.reject(new Error('after 2 attempts', { cause: refusal }));
    const broker = guarded(refusing, { ...LIMITS, window: 1 });
    expect(await thrownBy(broker.publish('topic', MESSAGES))).toBeInstanceOf(BrokerUnreachable);
    expect(isOpen()).toBe(true);
  });

  it('goes on once the broker answers again', async () => {
    class Flaky extends InMemoryBroker {
      isAway = true;
      override publish(...message: Parameters<InMemoryBroker['publish']>): Promise<void> {
        return this.isAway ? Promise.reject(new Error('away')) : super.publish(...message);
      }
      override ping(): Promise<void> {
        return this.isAway ? Promise.reject(new Error('away')) : super.ping();
      }
    }
    const flaky = new Flaky();
    const broker = guarded(flaky, { ...LIMITS, openMs: 20 });
    for (let call = 0; call < LIMITS.window; call += 1) await thrownBy(broker.publish('topic', MESSAGES));
    await expect(broker.publish('topic', MESSAGES)).rejects.toThrow('left alone');
    flaky.isAway = false;
    while ((await thrownBy(broker.publish('topic', MESSAGES))) !== 'nothing') {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(isOpen()).toBe(false);
  });
});
