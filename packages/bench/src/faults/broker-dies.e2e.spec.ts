import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  type KafkaCluster,
  kafkaProgram,
  type LocalServer,
  makeTopics,
  startKafkaCluster,
} from 'local-stack';
import { type Crowd, usersUntil } from './crowd.js';
import { expectExact } from './expect-exact.js';
import { diceOf } from './fault-seed.js';
import { openCampaign } from './operator.js';
import { PrivateSystem } from './private-system.js';
import { readQueue } from './queue-window.js';
import { readOutcome } from './read-outcome.js';
import { STORY_MS_MAX, until } from './until.js';

jest.setTimeout(STORY_MS_MAX);

const TOPIC = 'coupon-issue-requests';
/** More than come until the broker is back: nobody is refused, so each answer is a promise. */
const UNITS = 20_000;
const USERS_MEANWHILE = 100;

/** Where it is null nothing is run, and the summary says so. */
const program = await kafkaProgram();
let kafka: KafkaCluster;
let system: PrivateSystem;

(program ? describe : describe.skip)('the Kafka broker that leads the topic of requests', () => {
  beforeAll(async () => {
    kafka = await startKafkaCluster(program!);
    system = await PrivateSystem.start();
    // One partition, so that there is one leader.
    await makeTopicsAnew();
    const settings = { QUEUE_DRIVER: 'kafka', KAFKA_BROKERS: kafka.brokers };
    await Promise.all([
      system.startApi(settings),
      system.startConsumer('one', settings),
      system.startConsumer('two', settings),
    ]);
  });

  afterAll(async () => {
    await system?.stop();
    await kafka?.stop();
  });

  it.each([
    { title: 'with copies that keep up', kill: (leader: LocalServer) => leader.kill('SIGKILL') },
    { title: 'with copies that are behind, so that messages are lost with it', kill: killAheadOfItsCopies },
  ])('is killed in a rush $title: all that was accepted is decided once', async ({ title, kill }) => {
    const dice = diceOf(`broker killed ${title}`);
    const crowd = await openCampaign(system, { total: UNITS, issueMode: 'ASYNC' }, dice);
    const withoutGate = { total: UNITS, issueMode: 'ASYNC', admission: 'QUEUE' } as const;
    const directly = await openCampaign(system, withoutGate, dice);
    expect(await kafka.topic(TOPIC)).toMatchObject({ copies: 3, copiesInSync: 3 });
    let isOver = false;
    const loseTheLeader = async () => {
      await until('claims are settled', async () => {
        return (await readOutcome(system, crowd.couponId)).rows.length > 0;
      });
      await sleep(dice.between(0, 300));
      const { leader } = await kafka.topic(TOPIC);
      await kill(leader, () => crowd.settled);
      await until('another one leads', async () => (await kafka.topic(TOPIC)).leader !== leader);
      // Whoever starts something now runs this as well.
      await makeTopicsAnew();
      expect(await kafka.topic(TOPIC)).toMatchObject({ copies: 3, copiesDemanded: 2 });
      await leader.restart();
      await until('it has caught up', async () => (await kafka.topic(TOPIC)).copiesInSync === 3);
    };
    const rush = (people: Crowd) =>
      people.rush(
        usersUntil(() => isOver),
        { door: 'V2', lanes: 8, pauseMs: 40 },
      );
    await Promise.all([
      rush(crowd),
      rush(directly),
      loseTheLeader().finally(() => {
        isOver = true;
      }),
    ]);
    const issued = crowd.told.everybody.length;
    // What Kafka loses reconciliation drives again and calls for help, which is no exact end either.
    await expectExact(system, crowd, { issued, tickets: 'EACH_ISSUED' });
    await expectExact(system, directly, { issued: directly.told.everybody.length, tickets: 'UNIQUE' });
  });
});

const makeTopicsAnew = () => makeTopics({ KAFKA_BROKERS: kafka.brokers, REQUESTS_PARTITIONS: '1' });

/** Whatever comes meanwhile is written by the leader alone, and is gone when another one leads. */
async function killAheadOfItsCopies(leader: LocalServer, settled: () => number): Promise<void> {
  const others = kafka.servers.filter((server) => server !== leader);
  for (const other of others) other.pause();
  try {
    const before = settled();
    await until('a message is sent that cannot be copied', async () => {
      return settled() > before + USERS_MEANWHILE && (await readQueue(system)).pending > 0;
    });
    await leader.kill('SIGKILL');
  } finally {
    for (const other of others) other.resume();
  }
}
