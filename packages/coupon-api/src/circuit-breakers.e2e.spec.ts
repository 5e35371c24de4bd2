import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type LocalApp, startApp } from 'local-stack';
import { type Answer, type ApiClient, eventually } from './testing/api-client.js';
import { CuttableLink } from './testing/cuttable-link.js';
import { dropDatabase, preparePlace, startApi, type TestApi, type TestPlace } from './testing/stack.js';

jest.setTimeout(180_000);

const WINDOW = 10;

let place: TestPlace;
let toMysql: CuttableLink;
let toRedis: CuttableLink;
/** Leaves a server alone for long; nothing but a connection made anew ends it. */
let patient: TestApi;
/** Looks again soon. */
let eager: TestApi;
/** Judges by few calls as well. */
let hasty: TestApi;

beforeAll(async () => {
  place = await preparePlace('breaker');
  const [mysqlUrl, redisUrl] = [new URL(place.mysqlUrl), new URL(String(place.env.REDIS_URL))];
  [toMysql, toRedis] = [await CuttableLink.to(mysqlUrl), await CuttableLink.to(redisUrl)];
  const servers = { MYSQL_URL: toMysql.inFrontOf(mysqlUrl), REDIS_URL: toRedis.inFrontOf(redisUrl) };
  patient = await startApi(place, { ...servers, BREAKER_OPEN_MS: '600000' });
  eager = await startApi(place, { ...servers, BREAKER_OPEN_MS: '500' });
  hasty = await startApi(place, { ...servers, BREAKER_OPEN_MS: '500', BREAKER_WINDOW: '2' });
});

afterAll(async () => {
  await Promise.all([patient, eager, hasty].map((api) => api?.app.stop()));
  toMysql?.close();
  toRedis?.close();
  await dropDatabase(place.mysqlUrl);
});

const retryAfter = ({ headers }: Answer) => Number(headers.get('retry-after'));

const metric = async (client: ApiClient, line: RegExp): Promise<number> => {
  const { body } = await client.call('GET', '/metrics');
  return Number(line.exec(String(body.text))?.[1]);
};

const stateOf = (client: ApiClient, target: 'gate' | 'database' | 'broker') =>
  metric(client, new RegExp(`^coupon_breaker_state\\{target="${target}"\\} (\\d)$`, 'm'));

/** Asks one by one until the breaker refuses, and answers how often the server had to be asked. */
async function untilLeftAlone(ask: () => Promise<Answer>): Promise<number> {
  for (let asked = 0; asked < 5 * WINDOW; asked += 1) {
    const answer = await ask();
    expect([answer.status, answer.body.code]).toEqual([503, 'UNAVAILABLE']);
    if (retryAfter(answer) > 60) return asked;
  }
  throw new Error('Nobody left the server alone.');
}

describe('the breaker of the gate', () => {
  it('opens when Redis does not answer, refuses at once, leaves V1 alone, and closes with a new connection', async () => {
    const { client } = patient;
    const [atGate, atRows] = [
      await client.opened({ issueMode: 'ASYNC' }),
      await client.opened({ issueMode: 'SYNC' }),
    ];
    expect((await client.requestByV2(atGate, 'early')).status).toBe(202);
    toRedis.cut();
    expect(await untilLeftAlone(() => client.requestByV2(atGate, 'ann'))).toBeLessThanOrEqual(WINDOW);

    const calls = /^coupon_gate_call_duration_seconds_count\{script="claim-n"\} (\d+)$/m;
    const before = await metric(client, calls);
    const refused = await Promise.all(
      ['ann', 'ben', 'early'].map((user) => client.requestByV2(atGate, user)),
    );
    for (const answer of refused) expect([answer.status, retryAfter(answer) > 60]).toEqual([503, true]);
    const compatible = await client.call('POST', '/v2/issue-async', {}, { userId: 'ann', couponId: atGate });
    expect([compatible.status, retryAfter(compatible) > 60]).toEqual([503, true]);
    expect(await metric(client, calls)).toBe(before);

    expect((await client.me(atGate, 'early')).body).toMatchObject({ status: 'UNKNOWN' });
    expect((await client.issueByV1(atRows, 'ann')).status).toBe(201);
    const ready = await client.call('GET', '/health/ready');
    expect([ready.status, ready.body]).toEqual([
      200,
      { status: 'up', database: 'up', gate: 'down', breakers: { database: 'CLOSED', gate: 'OPEN' } },
    ]);
    expect([await stateOf(client, 'gate'), await stateOf(client, 'database')]).toEqual([2, 0]);

    toRedis.mend();
    await eventually(
      () => stateOf(client, 'gate'),
      (state) => state === 0,
    );
    expect((await client.requestByV2(atGate, 'ann')).status).toBe(202);
  });
});

describe('a gate that is reached and does not answer', () => {
  it('is left alone after as many time-outs, for as long as its probes time out too, and then is back', async () => {
    const { client } = hasty;
    const id = await client.opened({ issueMode: 'ASYNC' });
    toRedis.stall();
    const opened = /^coupon_breaker_transitions_total\{target="gate",state="open"\} (\d+)$/m;
    try {
      await untilOpen(() => client.requestByV2(id, 'ann'));
      // The first time by requests, then by its own probes, while nobody asks.
      await eventually(
        () => metric(client, opened),
        (times) => times >= 2,
      );
    } finally {
      toRedis.goOn();
    }
    await eventually(
      () => stateOf(client, 'gate'),
      (state) => state === 0,
    );
    expect((await client.requestByV2(id, 'ann')).status).toBe(202);
  });

  /** Each of them waits for a time-out. */
  async function untilOpen(ask: () => Promise<Answer>): Promise<void> {
    await eventually(
      async () => [(await ask()).status, await stateOf(hasty.client, 'gate')],
      ([status, state]) => {
        expect(status).toBe(503);
        return state !== 0;
      },
    );
  }
});

describe('the breaker of the database', () => {
  it('opens when MySQL does not answer, and refuses V1 and readers at once while V2 admits', async () => {
    const { client } = patient;
    const [atGate, atRows] = [
      await client.opened({ issueMode: 'ASYNC' }),
      await client.opened({ issueMode: 'SYNC' }),
    ];
    expect((await client.requestByV2(atGate, 'early')).status).toBe(202);
    expect((await client.issueByV1(atRows, 'early')).status).toBe(201);
    toMysql.cut();
    expect(await untilLeftAlone(() => client.issueByV1(atRows, 'ann'))).toBeLessThanOrEqual(WINDOW);

    const transactions = /^coupon_database_transaction_duration_seconds_count\{outcome="failed"\} (\d+)$/m;
    const before = await metric(client, transactions);
    const refused = await Promise.all([
      ...['ann', 'early'].map((user) => client.issueByV1(atRows, user)),
      client.requestByV2(999_999, 'ann'),
      client.me(999_998, 'ann'),
      client.operate('GET', ''),
      client.cancel(atRows, 1, { 'x-user-id': 'early' }),
    ]);
    for (const answer of refused) expect([answer.status, retryAfter(answer) > 60]).toEqual([503, true]);
    expect(await metric(client, transactions)).toBe(before);

    expect((await client.requestByV2(atGate, 'ann')).status).toBe(202);
    expect((await client.requestByV2(atGate, 'early')).body).toMatchObject({ status: 'UNKNOWN', ticket: 1 });
    expect([await stateOf(client, 'gate'), await stateOf(client, 'database')]).toEqual([0, 2]);
    toMysql.mend();
  });

  it('closes by itself after its time, when the server answers its probes', async () => {
    const { client } = eager;
    const id = await client.opened({ issueMode: 'SYNC' });
    toMysql.cut();
    await eventually(
      async () => [(await client.issueByV1(id, 'ann')).status, await stateOf(client, 'database')],
      ([, state]) => state === 2,
    );
    toMysql.mend();
    // Nobody asks meanwhile.
    await eventually(
      () => stateOf(client, 'database'),
      (state) => state === 0,
    );
    expect((await client.issueByV1(id, 'ann')).status).toBe(201);
    const line = /^coupon_breaker_transitions_total\{target="database",state="half_open"\} (\d+)$/m;
    expect(await metric(client, line)).toBeGreaterThanOrEqual(1);
  });
});

describe('the breaker of the broker', () => {
  let api: TestApi;
  let consumer: LocalApp;

  beforeAll(async () => {
    // Nobody answers there.
    const env = { KAFKA_BROKERS: '127.0.0.1:1', BREAKER_WINDOW: '1', BREAKER_OPEN_MS: '600000' };
    api = await startApi(place, env);
    consumer = await startApp('coupon-consumer', { ...place.env, ...env });
  });

  afterAll(async () => {
    await Promise.all([api?.app.stop(), consumer?.stop()]);
  });

  it('is told beside the others where Kafka is named, and closes neither process', async () => {
    const { client } = api;
    const closed = { database: 'CLOSED', gate: 'CLOSED', broker: 'CLOSED' };
    expect((await client.call('GET', '/health/ready')).body).toMatchObject({ breakers: closed });
    const id = await client.opened({ issueMode: 'ASYNC', admission: 'QUEUE' });
    await untilLeftAlone(() => client.requestByV2(id, 'ann'));
    const ready = await client.call('GET', '/health/ready');
    expect([ready.status, ready.body.breakers]).toEqual([200, { ...closed, broker: 'OPEN' }]);
    expect(await stateOf(client, 'broker')).toBe(2);
    const unavailable = /^coupon_issuance_answers_total\{version="2",outcome="unavailable"\} (\d+)$/m;
    expect(await metric(client, unavailable)).toBeGreaterThan(0);
  });

  it('is told by the consumer, whose events wait', async () => {
    const ready = async () => {
      const answer = await fetch(`${consumer.url}/health/ready`);
      return { status: answer.status, ...((await answer.json()) as { breakers: { broker: string } }) };
    };
    const report = await eventually(ready, ({ breakers }) => breakers.broker === 'OPEN');
    expect(report).toMatchObject({ database: 'up', gate: 'up' });
  });
});
