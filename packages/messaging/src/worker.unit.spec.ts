import { afterEach, describe, expect, it } from '@jest/globals';
import type { ReceivedMessage } from './broker.js';
import { UnreadableMessage } from './codec.js';
import { InMemoryBroker } from './drivers/in-memory.js';
import { eventually } from './testing/eventually.js';
import { WORKER_LIMITS, type Work, Worker, type WorkerLimits } from './worker.js';

const LIMITS = { ...WORKER_LIMITS, backoff: { firstMs: 1, maxMs: 4 } };
const workers: Worker[] = [];

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
});

function aWorker(handle: Work['handle'], own: Partial<Work> = {}, limits: Partial<WorkerLimits> = {}) {
  const broker = new InMemoryBroker(1);
  const dead: { message: ReceivedMessage; attempts: number }[] = [];
  const work: Work = {
    topic: 'topic',
    group: 'group',
    handle,
    isTransient: () => false,
    deadLetter: async (message, _cause, attempts) => void dead.push({ message, attempts }),
    ...own,
  };
  const worker = new Worker(broker, work, { ...LIMITS, ...limits });
  workers.push(worker);
  const publish = (...messages: [key: string, value: string][]) =>
    broker.publish(
      'topic',
      messages.map(([key, value]) => ({ key, value })),
    );
  return { broker, worker, work, dead, publish };
}

describe('a worker', () => {
  it('keeps only the key of a failing message waiting, and its order', async () => {
    const done: string[] = [];
    let isBroken = true;
    const { worker, publish, dead } = aWorker(
      async ({ value }) => {
        if (value === 'a1' && isBroken) throw new Error('away');
        done.push(value);
      },
      { isTransient: () => true },
    );
    await publish(['a', 'a1'], ['a', 'a2'], ['b', 'b1'], ['b', 'b2']);
    await worker.start();
    await eventually(() => expect(done).toEqual(['b1', 'b2']));
    isBroken = false;
    await eventually(() => expect(done).toEqual(['b1', 'b2', 'a1', 'a2']));
    expect(dead).toEqual([]);
  });

  it('puts a message aside that fails by itself, after its attempts, and goes on with its key', async () => {
    const tried: string[] = [];
    const { worker, publish, dead } = aWorker(
      async ({ value }) => {
        tried.push(value);
        if (value === 'bad') throw new Error('bad');
      },
      {},
      { attemptsMax: 3 },
    );
    await publish(['a', 'bad'], ['a', 'good']);
    await worker.start();
    await eventually(() => expect(tried).toEqual(['bad', 'bad', 'bad', 'good']));
    expect(dead).toMatchObject([{ message: { key: 'a', value: 'bad' }, attempts: 3 }]);
  });

  it('does not count the attempts of an outage against a message', async () => {
    let attempts = 0;
    const { worker, publish, dead } = aWorker(
      async () => {
        attempts += 1;
        if (attempts < 20) throw new Error('away');
      },
      { isTransient: () => true },
      { attemptsMax: 2 },
    );
    await publish(['a', '1']);
    await worker.start();
    await eventually(() => expect(attempts).toBe(20));
    expect(dead).toEqual([]);
  });

  it('tries what cannot be read once', async () => {
    const { worker, publish, dead } = aWorker(async () => {
      throw new UnreadableMessage('not JSON');
    });
    await publish(['a', '1']);
    await worker.start();
    await eventually(() => expect(dead).toMatchObject([{ attempts: 1 }]));
  });

  it('does not go on with a key before its dead letter is kept', async () => {
    const tried: string[] = [];
    let isAway = true;
    let asked = 0;
    const { worker, publish } = aWorker(
      async ({ value }) => {
        tried.push(value);
        if (value === 'bad') throw new UnreadableMessage('bad');
      },
      {
        deadLetter: async () => {
          asked += 1;
          if (isAway) throw new Error('nowhere to put it');
        },
      },
    );
    await publish(['a', 'bad'], ['a', 'next']);
    await worker.start();
    await eventually(() => expect(asked).toBeGreaterThan(3));
    expect(tried).toEqual(['bad']);
    isAway = false;
    await eventually(() => expect(tried).toEqual(['bad', 'next']));
  });

  it('can be started again where the broker was away, and closed', async () => {
    const done: string[] = [];
    const { broker, worker, publish } = aWorker(async ({ value }) => void done.push(value));
    const consume = broker.consume.bind(broker);
    broker.consume = () => Promise.reject(new Error('away'));
    await expect(Promise.all([worker.start(), worker.start()])).rejects.toThrow('away');
    broker.consume = consume;
    await publish(['a', '1']);
    await worker.start();
    await eventually(() => expect(done).toEqual(['1']));
    const other = aWorker(async () => undefined);
    other.broker.consume = () => Promise.reject(new Error('away'));
    const started = other.worker.start().catch(() => 'away');
    expect(await Promise.all([started, other.worker.close()])).toEqual(['away', true]);
  });

  it('works at no more keys at once than it may', async () => {
    let now = 0;
    let most = 0;
    let done = 0;
    const { worker, publish } = aWorker(
      async () => {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setTimeout(resolve, 2));
        now -= 1;
        done += 1;
      },
      {},
      { concurrency: 3 },
    );
    await publish(...Array.from({ length: 30 }, (_, i): [string, string] => [`key ${i}`, '']));
    await worker.start();
    await eventually(() => expect(done).toBe(30));
    expect(most).toBe(3);
  });

  it('finishes what is under way when it closes, begins nothing new, and loses nothing', async () => {
    const release = Promise.withResolvers<void>();
    const done: string[] = [];
    const { broker, worker, work, publish } = aWorker(async ({ value }) => {
      if (value === '1') await release.promise;
      done.push(value);
    });
    await publish(['a', '0'], ['a', '1'], ['a', '2']);
    await worker.start();
    await eventually(() => expect(done).toEqual(['0']));
    const closing = worker.close();
    expect(worker.close()).toBe(closing);
    release.resolve();
    expect(await closing).toBe(true);
    expect(done).toEqual(['0', '1']);
    const next = new Worker(broker, work, LIMITS);
    workers.push(next);
    await next.start();
    await eventually(() => expect(done).toEqual(['0', '1', '2']));
  });

  it('says so when the deadline comes first', async () => {
    const hangs = Promise.withResolvers<void>();
    let isUnderWay = false;
    const { worker, publish } = aWorker(
      async () => {
        isUnderWay = true;
        await hangs.promise;
      },
      {},
      { drainMsMax: 20 },
    );
    await publish(['a', '1']);
    await worker.start();
    await eventually(() => expect(isUnderWay).toBe(true));
    expect(await worker.close()).toBe(false);
    hangs.resolve();
  });
});
