import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type KafkaCluster, kafkaProgram, type LocalApp, makeTopics, startKafkaCluster } from 'local-stack';
import { ConsumerProcesses } from '../system/consumer-processes.js';
import { ApiClient } from './api-client.js';
import { Crowd, usersUntil } from './crowd.js';
import { expectExact } from './expect-exact.js';
import { diceOf } from './fault-seed.js';
import { type Campaign, openCampaign } from './operator.js';
import { PrivateSystem } from './private-system.js';
import { readOutcome } from './read-outcome.js';
import { STORY_MS_MAX, until } from './until.js';

jest.setTimeout(STORY_MS_MAX);

/** More than come while something is killed, and few enough to be sold out soon after. */
const UNITS = 600;

/** Where it is null nothing is run, and the summary says so. */
const program = await kafkaProgram();
let kafka: KafkaCluster;
let system: PrivateSystem;
let consumer: LocalApp;
let another: LocalApp;
let settings: { KAFKA_BROKERS: string };

const byQueue = (total: number): Campaign => ({ total, issueMode: 'ASYNC', admission: 'QUEUE' });

(program ? describe : describe.skip)('a coupon without a gate', () => {
  beforeAll(async () => {
    [kafka, system] = await Promise.all([startKafkaCluster(program!, 1), PrivateSystem.start()]);
    settings = { KAFKA_BROKERS: kafka.brokers };
    await makeTopics({ ...settings, REQUESTS_PARTITIONS: '1' });
    [, consumer, another] = await Promise.all([
      system.startApi(settings),
      system.startConsumer('one', settings),
      system.startConsumer('two', settings),
    ]);
  });

  afterAll(async () => {
    await system?.stop();
    await kafka?.stop();
  });

  it('is decided in the order of arrival, and every API process knows', async () => {
    const crowd = await openCampaign(system, byQueue(3), diceOf('order of arrival'));
    const people = ['ann', 'ben', 'cyd', 'dan'];
    const consumers = new ConsumerProcesses([consumer.pid, another.pid]);
    // Once three are decided a fourth would be refused at once.
    consumers.pause();
    try {
      for (const name of people) {
        const { status, body } = await crowd.ask(name, 'V2');
        expect([status, body.status, body.ticket]).toEqual([202, 'PENDING', undefined]);
        expect((await crowd.ask(name, 'ME', body.receipt)).body.status).toBe('PENDING');
      }
    } finally {
      consumers.close();
    }
    await crowd.awaitFinal();
    expect(people.map((name) => crowd.told.of(name))).toMatchObject([
      { final: 'ISSUED', issueNumber: 1 },
      { final: 'ISSUED', issueNumber: 2 },
      { final: 'ISSUED', issueNumber: 3 },
      { final: 'REJECTED', reason: 'SOLD_OUT' },
    ]);
    const first = system.api;
    const client = new ApiClient(() => first.url);
    await system.startApi(settings);
    // What one process knows by its cache the other reads.
    for (const [name, api] of [['eve', system.client] as const, ['fay', client] as const]) {
      const newcomers = new Crowd(api, crowd.couponId, crowd.told, diceOf(name));
      expect((await newcomers.ask(name, 'V2')).body.code).toBe('SOLD_OUT');
      expect((await newcomers.ask('ann', 'V2')).body).toMatchObject({ status: 'ISSUED', issueNumber: 1 });
      expect((await newcomers.ask('dan', 'V2')).body).toMatchObject({ status: 'REJECTED' });
    }
    client.close();
    await first.stop();
    await expectExact(system, crowd, { issued: 3, tickets: 'UNIQUE' });
  });

  const killTheApi = async () => {
    await system.api.kill('SIGKILL');
    await system.startApi(settings);
  };
  const killAConsumer = async () => {
    await consumer.kill('SIGKILL');
    consumer = await system.startConsumer('one', settings);
  };

  it.each([
    { who: 'an API', kill: killTheApi, times: 2 },
    // For ten seconds Kafka believes that it lives, and keeps its partition for it.
    { who: 'a consumer', kill: killAConsumer, times: 1 },
  ])(
    'loses nothing that was accepted, and gives nothing twice, where $who is killed',
    async ({ who, kill, times }) => {
      const dice = diceOf(`${who} is killed`);
      const crowd = await openCampaign(system, byQueue(UNITS), dice, {
        connectionsMayBreak: kill === killTheApi,
      });
      let isOver = false;
      const killThem = async () => {
        await until('requests are decided', async () => {
          return (await readOutcome(system, crowd.couponId)).rows.length > 0;
        });
        for (let killed = 0; killed < times; killed += 1) {
          await sleep(dice.between(0, 300));
          await kill();
        }
      };
      const people = usersUntil(() => isOver && crowd.told.times('V2 409') > 0);
      await Promise.all([
        crowd.rush(people, { door: 'V2', lanes: 8, pauseMs: 40 }),
        killThem().finally(() => {
          isOver = true;
        }),
      ]);
      const { rows } = await expectExact(system, crowd, { issued: UNITS, tickets: 'UNIQUE' });
      expect(rows.every(({ ticket }) => ticket === null)).toBe(true);
    },
  );
});
