import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalApp } from 'local-stack';
import { type Connection, createConnection } from 'mysql2/promise';
import { type Answer, type ApiClient, eventually } from './testing/api-client.js';
import { ADMIN } from './testing/operator.js';
import {
  dropDatabase,
  preparePlace,
  startApi,
  startConsumer,
  type TestApi,
  type TestPlace,
} from './testing/stack.js';

let place: TestPlace;
let database: Connection;
let api: TestApi;
let consumer: LocalApp;
let client: ApiClient;
let couponId: number;
/** Of two people whose rows the database refuses. */
let letterOf: Map<unknown, number>;

beforeAll(async () => {
  place = await preparePlace('letters');
  database = await createConnection(place.mysqlUrl);
  await database.query(
    `ALTER TABLE coupon_issues ADD CONSTRAINT refused
       CHECK (user_id NOT IN ('unlucky', 'hopeless') OR status <> 'ISSUED')`,
  );
  api = await startApi(place);
  client = api.client;
  consumer = await startConsumer(place);
  couponId = await client.opened({ issueMode: 'ASYNC', totalQuantity: 3 });
  for (const user of ['unlucky', 'hopeless', 'ann']) await client.requestByV2(couponId, user);
  const { body } = await eventually(
    () => operate('GET', `?state=WAITING&couponId=${couponId}`),
    (answer) => itemsOf(answer).length === 2,
  );
  letterOf = new Map(itemsOf({ body }).map(({ userId, id }) => [userId, Number(id)]));
});

afterAll(async () => {
  await Promise.all([api?.app.stop(), consumer?.stop()]);
  await database?.end();
  await dropDatabase(place.mysqlUrl);
});

const operate = (method: string, path: string) => client.call(method, `/admin/v1/dead-letters${path}`, ADMIN);
const itemsOf = ({ body }: Pick<Answer, 'body'>) => body.items as Record<string, unknown>[];
const inShort = ({ status, body }: Answer) => [status, body.state ?? body.code];

describe('claims that the database refuses', () => {
  it('keep nobody else waiting, and are PENDING to those who hold them', async () => {
    expect((await client.settled(couponId, 'ann')).body).toMatchObject({ status: 'ISSUED', issueNumber: 1 });
    expect((await client.me(couponId, 'unlucky')).body).toMatchObject({ status: 'PENDING', ticket: 1 });
    expect((await operate('GET', `/${letterOf.get('unlucky')}`)).body).toMatchObject({
      ...{ state: 'WAITING', couponId, userId: 'unlucky', ticket: 1, attempts: 1 },
      cause: expect.stringContaining('refused'),
      payload: { userId: 'unlucky', ticket: 1 },
    });
  });

  it('are tried again by an operator, in vain and then once for all', async () => {
    const retry = () => operate('POST', `/${letterOf.get('unlucky')}/retry`);
    expect((await retry()).body).toMatchObject({ state: 'WAITING', attempts: 2 });
    await database.query('ALTER TABLE coupon_issues DROP CONSTRAINT refused');
    const answers = await Promise.all([retry(), retry(), retry()]);
    expect(answers.map(inShort)).toEqual(answers.map(() => [200, 'SETTLED']));
    expect((await client.me(couponId, 'unlucky')).body).toMatchObject({ status: 'ISSUED', issueNumber: 2 });
    const discarded = await operate('POST', `/${letterOf.get('unlucky')}/discard`);
    expect(inShort(discarded)).toEqual([409, 'DEAD_LETTER_DECIDED']);
  });

  it('are given up by an operator, once, and their unit is offered again', async () => {
    const discard = () => operate('POST', `/${letterOf.get('hopeless')}/discard`);
    for (const answer of await Promise.all([discard(), discard()])) {
      expect(inShort(answer)).toEqual([200, 'DISCARDED']);
    }
    expect((await client.me(couponId, 'hopeless')).body).toMatchObject({
      status: 'REJECTED',
      reason: 'DISCARDED',
    });
    const retried = await operate('POST', `/${letterOf.get('hopeless')}/retry`);
    expect(inShort(retried)).toEqual([409, 'DEAD_LETTER_DECIDED']);
    await eventually(
      () => client.requestByV2(couponId, 'ben'),
      ({ status }) => status === 202,
    );
    expect((await client.settled(couponId, 'ben')).body).toMatchObject({ status: 'ISSUED', issueNumber: 3 });
  });

  it('and all of that is audited, and nothing twice', async () => {
    const { body } = await client.call('GET', `/admin/v1/audit?couponId=${couponId}`, ADMIN);
    const entries = itemsOf({ body }).filter(({ action }) => String(action).endsWith('DEAD_LETTER'));
    expect(
      entries.map(({ action, actor, after }) => [action, actor, (after as { state: string }).state]),
    ).toEqual([
      ['DISCARD_DEAD_LETTER', 'operator', 'DISCARDED'],
      ['RETRY_DEAD_LETTER', 'operator', 'SETTLED'],
      ['RETRY_DEAD_LETTER', 'operator', 'WAITING'],
    ]);
  });
});
