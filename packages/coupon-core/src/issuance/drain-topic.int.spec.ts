import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { KafkaBroker, OutgoingMessage } from 'messaging';
import type { Coupon } from '../coupon/coupon.js';
import { user, users } from '../testing/a-coupon.js';
import { violationsOf } from '../testing/check-evidence.js';
import { CoreProcess } from '../testing/core-process.js';
import { finalRows, readCoupon } from '../testing/coupon-rows.js';
import { eventually } from '../testing/eventually.js';
import type { TopicDeathPoint } from '../testing/faults/dying-at-topic.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { Rush, type RushShape } from '../testing/rush.js';
import { printedSeed, seededRandom } from '../testing/seed.js';
import { TestDatabase } from '../testing/test-database.js';
import { TestTopic } from '../testing/test-topic.js';
import type { DrainTopic } from './drain-topic.js';
import type { QueueBatch } from './issuance-queue.js';
import { encodeIssueRequest } from './issue-requests.js';
import { ReconcileGate } from './reconcile-gate.js';
import type { RelayedEntries } from './relayed-entries.js';

const DYING = fileURLToPath(new URL('../testing/faults/dying-at-topic.js', import.meta.url));
const CLAIMS_MAX = 500;
const random = seededRandom(printedSeed());

let database: TestDatabase;
let fresh: FreshRedis;
let topic: TestTopic;
const consumers: DrainTopic[] = [];

beforeAll(async () => {
  database = await TestDatabase.create();
  fresh = await FreshRedis.create();
  topic = await TestTopic.create();
});

afterEach(async () => {
  await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()));
});

afterAll(async () => {
  await topic?.close();
  await fresh?.close();
  await database?.drop();
});

const aProcess = (name: string) => CoreProcess.create(database, fresh, name, { topic });

describe('a rush whose claims go through Kafka, counted again from outside (I1–I7, I11, I12)', () => {
  let processes: CoreProcess[];

  beforeAll(async () => {
    processes = await Promise.all(['one', 'two'].map(aProcess));
    for (const each of processes) each.startWorker();
  });

  afterAll(() => Promise.all((processes ?? []).map((each) => each.stop())));

  it.each([
    { issueMode: 'ASYNC', total: 60, users: 400, requests: 1_000 },
    { issueMode: 'BOTH', total: 60, users: 400, requests: 1_000 },
    { issueMode: 'ASYNC', total: 40, users: 300, requests: 700, cancelling: 0.4 },
  ] as RushShape[])('$issueMode: $requests requests of $users users for $total coupons', async (shape) => {
    const evidence = await new Rush(database, fresh, processes, random).run(shape);
    expect(violationsOf(evidence)).toEqual([]);
    expect(evidence.told.filter(({ answer }) => answer.kind === 'NO_ANSWER')).toEqual([]);
    expect(evidence.counted).toBe(shape.total + evidence.givenBack);
  });

  it('on three coupons at once, which share relays, partitions and chunks', async () => {
    const shapes: RushShape[] = [
      { issueMode: 'ASYNC', total: 30, users: 200, requests: 400 },
      { issueMode: 'BOTH', total: 30, users: 200, requests: 400 },
      { issueMode: 'ASYNC', total: 100, users: 80, requests: 300 },
    ];
    const rushes = shapes.map((shape) => new Rush(database, fresh, processes, random).run(shape));
    expect((await Promise.all(rushes)).map(violationsOf)).toEqual([[], [], []]);
  });
});

/** Relay and consumer by hand: what each of them has done is decided by the test. */
describe('claims on their way through Kafka', () => {
  let core: CoreProcess;

  beforeAll(async () => {
    core = await aProcess('by hand');
  });

  afterAll(() => core?.stop());

  const open = (totalQuantity = 10) => core.open({ totalQuantity, issueMode: 'ASYNC' });
  const admit = async ({ id, shard }: Coupon, names: readonly string[]) => {
    for (const name of names) await core.gate.claim({ couponId: id, shard }, user(name), false);
  };
  const read = async (): Promise<QueueBatch> => (await core.queue.readNew(0, CLAIMS_MAX))!;
  const readAgain = async (): Promise<QueueBatch> => (await core.queue.readOwnPending(0, '0', CLAIMS_MAX))!;
  const relay = (batch: QueueBatch, broker: Pick<KafkaBroker, 'publish'> = topic.broker) =>
    core.relayTo({ broker, to: topic.to }).execute(batch);
  const consume = (): DrainTopic => {
    const consumer = core.readerOf(topic);
    consumers.push(consumer);
    consumer.start();
    return consumer;
  };
  /** A process of its own, so that its death is a real one. */
  const deathOf = (point: TopicDeathPoint) => {
    const env = {
      ...process.env,
      MYSQL_URL: database.url,
      REDIS_URL: fresh.url,
      REDIS_NAMESPACE: fresh.namespace,
      RECEIPT_SECRET: 'nothing is signed here',
      CONSUMER_NAME: 'the-dead-one',
      KAFKA_BROKERS: topic.brokers.join(),
    };
    const args = [DYING, point, topic.to.topic, topic.to.group];
    return once(spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] }), 'exit');
  };
  const rebuild = ({ id, shard }: Coupon) => core.rebuild.execute({ couponId: id, shard });
  const namesOf = async ({ id }: Coupon) => (await finalRows(database, id)).map((row) => row.user).join();
  const settled = () => topic.relayed.untilSettled();
  const flush = async ({ id, shard }: Coupon) => {
    const keys = await fresh.redis.keys(`${fresh.namespace}*`);
    await fresh.redis.del(keys);
    return { couponId: id, shard };
  };

  it('are settled once when a relay died between acknowledgement and removal', async () => {
    const coupon = await open();
    await admit(coupon, ['a', 'b']);
    const batch = await read();
    // The relay that dies: it has sent, and removes nothing.
    await topic.broker.publish(topic.to.topic, sent(batch));
    expect(await relay(await readAgain())).toEqual({ claims: 2, leftAlone: 0 });
    expect(await core.queue.depth(0)).toBe(0);
    consume();
    await settled();
    expect(await namesOf(coupon)).toBe('a,b');
    expect(await readCoupon(database, coupon.id)).toMatchObject({ issuedQuantity: 2, returned: 0 });
  });

  it('count once as decided, however often they come', async () => {
    const coupon = await open();
    await admit(coupon, ['a', 'b']);
    const batch = await read();
    await topic.broker.publish(topic.to.topic, [...sent(batch), ...sent(batch)]);
    await relay(batch);
    consume();
    await settled();
    const done = () => fresh.redis.hget(fresh.keys.gate(coupon.shard, coupon.id), 'done');
    await eventually(done, '2');
  });

  it('stay in the queue while the broker is away, and go on when it is back', async () => {
    const coupon = await open();
    await admit(coupon, ['a']);
    const away = { publish: () => Promise.reject(new Error('away')) };
    await expect(relay(await read(), away)).rejects.toThrow('away');
    expect(await core.queue.depth(0)).toBe(1);
    await relay(await readAgain());
    consume();
    await settled();
    expect(await namesOf(coupon)).toBe('a');
  });

  it('are waited for by a rebuild, although nothing but the topic knows them any more', async () => {
    const coupon = await open();
    await admit(coupon, ['a', 'b', 'c']);
    await relay(await read());
    await flush(coupon);
    const rebuilding = rebuild(coupon);
    consume();
    expect(await rebuilding).toMatchObject({ outcome: 'REBUILT', claims: 3, unsettled: 0 });
    expect(await namesOf(coupon)).toBe('a,b,c');
  });

  it('stay in the queue where their gate was shut before the removal, and are sent again with the next epoch', async () => {
    const coupon = await open();
    consume();
    await admit(coupon, ['a']);
    const batch = await read();
    // The broker takes its time: meanwhile the gate is rebuilt, and the topic was empty then.
    const slow = {
      publish: async (to: string, messages: readonly OutgoingMessage[]) => {
        expect(await rebuild(coupon)).toMatchObject({ outcome: 'REBUILT', unsettled: 1 });
        await topic.broker.publish(to, messages);
      },
    };
    expect(await relay(batch, slow)).toEqual({ claims: 1, leftAlone: 1 });
    await settled();
    expect(await namesOf(coupon)).toBe('');
    expect(await relay(await readAgain())).toEqual({ claims: 1, leftAlone: 0 });
    await settled();
    expect(await namesOf(coupon)).toBe('a');
  });

  it('are passed over where they arrive late, when their gate is lost and another one gives its units', async () => {
    const coupon = await open(1);
    consume();
    await admit(coupon, ['lost']);
    const zombie = sent(await read());
    await flush(coupon);
    expect(await rebuild(coupon)).toMatchObject({ outcome: 'REBUILT', claims: 0, unsettled: 0 });
    await admit(coupon, ['next']);
    await topic.broker.publish(topic.to.topic, zombie);
    await settled();
    expect(await namesOf(coupon)).toBe('');
    await relay(await read());
    await settled();
    expect(await namesOf(coupon)).toBe('next');
  });

  it.each<[TopicDeathPoint, number]>([
    ['AFTER_PUBLISH', 0],
    ['BEFORE_COMMIT', 0],
    ['AFTER_COMMIT', 50],
  ])('are neither lost nor doubled by who is killed %s', async (point, rowsLeftBehind) => {
    const coupon = await open(50);
    const crowd = users(50);
    await admit(coupon, crowd);
    if (point !== 'AFTER_PUBLISH') await relay(await read());
    expect(await deathOf(point)).toEqual([null, 'SIGKILL']);
    expect(await finalRows(database, coupon.id)).toHaveLength(rowsLeftBehind);
    if (point === 'AFTER_PUBLISH') {
      expect(await core.queue.reclaim(0, 0)).toBeGreaterThan(0);
      await relay(await readAgain());
    }
    consume();
    await settled();
    const rows = await finalRows(database, coupon.id);
    expect(rows.map(({ user: name, number }) => [name, number])).toEqual(
      crowd.map((name, i) => [name, i + 1]),
    );
    expect(await readCoupon(database, coupon.id)).toMatchObject({ issuedQuantity: 50, returned: 0 });
  });

  it('are known to reconciliation, which drives nothing again that is on its way', async () => {
    const coupon = await open();
    await admit(coupon, ['a', 'b']);
    await relay(await read());
    const present = async () => [(await core.coupons.find(coupon.id))!];
    const reconcile = async (relayed: RelayedEntries) =>
      new ReconcileGate(core.coupons, core.store, core.gate, relayed, 0).execute(await present());
    // The first one sets the mark.
    expect(await reconcile(topic.answered)).toEqual([{ outcome: 'BEHIND' }]);
    const outcome = reconcile(topic.relayed);
    consume();
    expect(await outcome).toMatchObject([{ outcome: 'RECONCILED', given: 2, settled: 2, drivenAgain: 0 }]);
  });

  it('that fail by themselves are settled around where their copies cannot be sent', async () => {
    const alone = await TestTopic.create(1, undefined, 'WITHOUT_COPIES');
    const reader = core.readerOf(alone);
    const coupon = await open();
    await admit(coupon, ['x'.repeat(65), 'b']);
    await core.relayTo({ broker: alone.broker, to: alone.to }).execute(await read());
    reader.start();
    try {
      await alone.relayed.untilSettled();
      expect(await namesOf(coupon)).toBe('b');
    } finally {
      await reader.stop();
      await alone.close();
    }
  });

  it('that fail by themselves hold up nobody, are kept, and are copied to the dead-letter topic', async () => {
    await database.query('DELETE FROM dead_letters');
    const coupon = await open();
    const poison = 'x'.repeat(65);
    await admit(coupon, ['a', poison, 'b']);
    await relay(await read());
    await topic.broker.publish(topic.to.topic, [{ key: '7', value: 'nonsense' }]);
    const copies: string[] = [];
    const dead = await topic.broker.consume(
      `${topic.to.topic}.dlt`,
      `${topic.to.group}-dlt`,
      async (batch) => {
        copies.push(...batch.messages.map(({ value }) => JSON.parse(value).value as string));
        return batch.messages.length;
      },
    );
    consume();
    await settled();
    expect(await namesOf(coupon)).toBe('a,b');
    await eventually(async () => copies.length, 2);
    await dead.close();
    expect([copies.some((value) => value.includes(poison)), copies.includes('nonsense')]).toEqual([
      true,
      true,
    ]);
    const letters = await database.query<{ coupon_id: number | null }>(
      'SELECT coupon_id FROM dead_letters ORDER BY coupon_id',
    );
    expect(letters.map(({ coupon_id }) => coupon_id)).toEqual([null, coupon.id]);
  });

  it('go on when a consumer joins and another one leaves in the middle', async () => {
    const coupons = await Promise.all([open(300), open(300)]);
    const first = consume();
    const crowd = users(300);
    for (let from = 0; from < crowd.length; from += 50) {
      const some = crowd.slice(from, from + 50);
      await Promise.all(coupons.map((coupon) => admit(coupon, some)));
      await relay(await read());
      if (from === 100) consume();
      if (from === 200) await first.stop();
    }
    while ((await core.queue.depth(0)) > 0) await relay(await read());
    await settled();
    for (const coupon of coupons) {
      const rows = await finalRows(database, coupon.id);
      expect(rows.map(({ number }) => number)).toEqual(crowd.map((_, i) => i + 1));
    }
  });
});

/** As the relay would send it. */
const sent = ({ shard, entries, epochs }: QueueBatch): OutgoingMessage[] =>
  entries.map((entry) => encodeIssueRequest({ shard, gateEpoch: epochs.get(entry.couponId)!, entry }));
