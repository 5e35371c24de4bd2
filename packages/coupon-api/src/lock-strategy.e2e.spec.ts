import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { LocalApp } from 'local-stack';
import { createConnection } from 'mysql2/promise';
import { type Answer, type ApiClient, eventually } from './testing/api-client.js';
import { CuttableLink } from './testing/cuttable-link.js';
import {
  dropDatabase,
  preparePlace,
  startApi,
  startConsumer,
  type TestApi,
  type TestPlace,
} from './testing/stack.js';

const LONG_MS = 600_000;
const DISTRIBUTED = { lockStrategy: 'distributed' };

let place: TestPlace;
let redis: Redis;
/** Its ways to the servers can be stalled and cut; it waits for no lock, and its leases are short. */
let shaky: TestApi;
let toMysql: CuttableLink;
let toRedis: CuttableLink;
let other: TestApi;
let consumer: LocalApp;

beforeAll(async () => {
  place = await preparePlace('lock');
  const [mysqlUrl, redisUrl] = [new URL(place.mysqlUrl), new URL(String(place.env.REDIS_URL))];
  redis = new Redis(redisUrl.href);
  [toMysql, toRedis] = [await CuttableLink.to(mysqlUrl), await CuttableLink.to(redisUrl)];
  const servers = { MYSQL_URL: toMysql.inFrontOf(mysqlUrl), REDIS_URL: toRedis.inFrontOf(redisUrl) };
  // One after the other: a process that has to wait for the machine may miss its time to connect.
  shaky = await startApi(place, { ...servers, LOCK_WAIT_MS: '0', LOCK_LEASE_MS: '500' });
  other = await startApi(place);
  consumer = await startConsumer(place);
});

afterAll(async () => {
  await Promise.all([shaky?.app.stop(), other?.app.stop(), consumer?.stop()]);
  toMysql?.close();
  toRedis?.close();
  redis?.disconnect();
  await dropDatabase(place.mysqlUrl);
});

const lockOf = (couponId: number) => `${place.env.REDIS_NAMESPACE}1:{0}:lock:${couponId}`;

/** As a person does who is told to come again. */
const answered = (client: ApiClient, couponId: number, userId: string) =>
  eventually(
    () => client.issueByV1(couponId, userId),
    ({ status }) => status !== 503,
  );

const lockIs = (state: 'held' | 'free', couponId: number) =>
  eventually(
    () => redis.exists(lockOf(couponId)),
    (count) => count === (state === 'held' ? 1 : 0),
  );

const inShort = ({ status, body }: Answer) => [status, body.code ?? body.status];

describe('a coupon with the lock strategy distributed', () => {
  it('is not issued beyond its total by a process that is stopped in the middle of its batch, past its lease', async () => {
    const id = await other.client.opened({ ...DISTRIBUTED, issueMode: 'SYNC', totalQuantity: 6 });
    expect((await answered(shaky.client, id, 'first')).status).toBe(201);
    await lockIs('free', id);

    toMysql.stall();
    const late = Promise.all(['late', 'later', 'both'].map((name) => shaky.client.issueByV1(id, name)));
    await lockIs('held', id);
    process.kill(shaky.app.pid, 'SIGSTOP');
    let inTime: Answer[];
    try {
      const people = ['both', 'u1', 'u2', 'u3', 'u4', 'u5'];
      inTime = await Promise.all(people.map((name) => answered(other.client, id, name)));
    } finally {
      process.kill(shaky.app.pid, 'SIGCONT');
      toMysql.goOn();
    }

    const won = inTime.filter(({ status }) => status < 300);
    expect(won).toHaveLength(5);
    expect(inTime.filter(({ status }) => status === 409).map(inShort)).toEqual([[409, 'SOLD_OUT']]);
    for (const { status } of await late) expect([200, 409, 503]).toContain(status);
    for (const name of ['late', 'later']) {
      expect(inShort(await answered(shaky.client, id, name))).toEqual([409, 'SOLD_OUT']);
    }
    for (const { body } of won) {
      const again = await answered(shaky.client, id, String(body.userId));
      expect([again.status, again.body.issueNumber]).toEqual([200, body.issueNumber]);
    }
    expect(await numbersOf(id)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('is issued exactly by two processes at once', async () => {
    const id = await other.client.opened({ ...DISTRIBUTED, totalQuantity: 20 });
    const people = Array.from({ length: 60 }, (_, i) => `u${i}`);
    const ask = (name: string, i: number) => answered(i % 2 ? shaky.client : other.client, id, name);
    await Promise.all([...people, ...people.slice(0, 20)].map(ask));
    const ends = await Promise.all(
      people.map((name) => eventually(() => answered(other.client, id, name), isFinal)),
    );
    const numbers = ends.flatMap(({ body }) =>
      body.issueNumber === undefined ? [] : [Number(body.issueNumber)],
    );
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(await numbersOf(id)).toEqual(numbers);
  });

  it('shows its strategy to operators, and to nobody else', async () => {
    const id = await other.client.opened(DISTRIBUTED);
    const row = await other.client.opened();
    const shown = async (couponId: number) =>
      (await other.client.operate('GET', `/${couponId}`)).body.lockStrategy;
    expect([await shown(id), await shown(row)]).toEqual(['distributed', 'row']);
    expect((await other.client.call('GET', `/v1/coupons/${id}`)).body).not.toHaveProperty('lockStrategy');
  });

  it('is handed over to the queue by V1 where the lock is not had, and read there ever after', async () => {
    const { client } = shaky;
    const id = await client.opened(DISTRIBUTED);
    const sync = await client.opened({ ...DISTRIBUTED, issueMode: 'SYNC' });
    for (const each of [id, sync]) await redis.set(lockOf(each), 'somebody', 'PX', LONG_MS);
    const handedOver = await answered(client, id, 'ann');
    // Where the answer took a while, the consumer may have issued already.
    expect([200, 202]).toContain(handedOver.status);
    expect(handedOver.body).toMatchObject({ userId: 'ann', ticket: 1 });
    const unavailable = await client.issueByV1(sync, 'ann');
    expect([...inShort(unavailable), unavailable.headers.get('retry-after')]).toEqual([
      503,
      'UNAVAILABLE',
      '1',
    ]);
    for (const each of [id, sync]) await redis.del(lockOf(each));
    expect((await answered(client, sync, 'ann')).status).toBe(201);
    expect((await client.settled(id, 'ann')).body).toMatchObject({
      status: 'ISSUED',
      ticket: 1,
      issueNumber: 1,
    });
    const repeat = await answered(client, id, 'ann');
    expect([repeat.status, repeat.body]).toMatchObject([200, { issueNumber: 1 }]);
    expect((await eventually(() => answered(client, id, 'ben'), isFinal)).body).toMatchObject({
      issueNumber: 2,
    });
    expect(await numbersOf(id)).toEqual([1, 2]);
  });

  it('is not issued while the server of the lock is away, where others are', async () => {
    const both = await other.client.opened(DISTRIBUTED);
    const sync = await other.client.opened({ ...DISTRIBUTED, issueMode: 'SYNC' });
    const row = await other.client.opened({ issueMode: 'SYNC' });
    toRedis.cut();
    for (const id of [both, sync]) {
      expect(inShort(await shaky.client.issueByV1(id, 'ann'))).toEqual([503, 'UNAVAILABLE']);
    }
    expect((await shaky.client.issueByV1(row, 'ann')).status).toBe(201);
    toRedis.mend();
    expect((await answered(shaky.client, sync, 'ann')).status).toBe(201);
  });
});

const isFinal = ({ status, body }: Answer) =>
  status === 409 || body.status === 'ISSUED' || body.status === 'REJECTED';

async function numbersOf(couponId: number): Promise<number[]> {
  const connection = await createConnection(place.mysqlUrl);
  const [rows] = await connection.query(
    `SELECT issue_number AS number FROM coupon_issues WHERE coupon_id = ? AND status = 'ISSUED' ORDER BY issue_number`,
    [couponId],
  );
  await connection.end();
  return (rows as { number: number }[]).map(({ number }) => Number(number));
}
