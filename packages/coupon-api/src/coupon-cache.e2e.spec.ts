import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalApp } from 'local-stack';
import { type ApiClient, eventually } from './testing/api-client.js';
import { CuttableLink } from './testing/cuttable-link.js';
import { ADMIN } from './testing/operator.js';
import { dropDatabase, preparePlace, startApi, startConsumer, type TestPlace } from './testing/stack.js';

function provided(name: 'CACHE_REDIS_URL'): URL {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests through the package's test script.`);
  return new URL(value);
}

describe('two API processes and one cache', () => {
  let place: TestPlace;
  let apps: LocalApp[] = [];
  let here: ApiClient;
  let there: ApiClient;
  /** What the second one reaches the cache's server by. */
  let link: CuttableLink;

  beforeAll(async () => {
    place = await preparePlace('cache');
    link = await CuttableLink.to(provided('CACHE_REDIS_URL'));
    place.env.CACHE_REDIS_URL = provided('CACHE_REDIS_URL').href;
    const [first, second, consumer] = await Promise.all([
      startApi(place),
      startApi(place, { CACHE_REDIS_URL: link.inFrontOf(provided('CACHE_REDIS_URL')) }),
      startConsumer(place),
    ]);
    apps = [first.app, second.app, consumer];
    [here, there] = [first.client, second.client];
  });

  afterAll(async () => {
    await Promise.all(apps.map((app) => app.stop()));
    link?.close();
    if (place) await dropDatabase(place.mysqlUrl);
  });

  const look = async (client: ApiClient, id: number) => {
    const { body, headers, status } = await client.call('GET', `/v1/coupons/${id}`);
    return { status, state: body.state, from: headers.get('x-cache'), issued: body.issuedQuantity };
  };
  const stateBecomes = (client: ApiClient, id: number, state: string) =>
    eventually(
      () => look(client, id),
      (view) => view.state === state,
    );

  it('tell where a view comes from: the other process by the cache, and then memory', async () => {
    let id = 0;
    // As soon as the sweeper confirms what the cache holds.
    await eventually(
      async () => {
        id = await here.opened();
        return look(there, id);
      },
      ({ from }) => from === 'L2',
    );
    await eventually(
      () => look(there, id),
      ({ from }) => from === 'L1',
    );
  });

  it('see a change at once where it was made, and by a message where it was not', async () => {
    const id = await here.opened();
    for (const [client, other] of [
      [here, there],
      [there, here],
    ] as const) {
      for (const [move, state] of [
        ['pause', 'PAUSED'],
        ['open', 'OPEN'],
      ] as const) {
        await Promise.all([look(client, id), look(other, id)]);
        await client.move(id, move);
        expect((await look(client, id)).state).toBe(state);
        await stateBecomes(other, id, state);
      }
    }
  });

  it('let one of two operators win who edit the same version, and show the edit at both', async () => {
    const id = await here.opened();
    const known = (await there.operate('GET', `/${id}`)).headers.get('etag')!;
    const edit = (client: ApiClient, title: string) =>
      client.call('PATCH', `/admin/v1/coupons/${id}`, { ...ADMIN, 'if-match': known }, { title });
    const answers = await Promise.all([edit(here, 'by one'), edit(there, 'by the other')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    const { title } = answers.find(({ status }) => status === 200)!.body;
    for (const client of [here, there]) {
      await eventually(
        () => client.call('GET', `/v1/coupons/${id}`),
        ({ body }) => body.title === title,
      );
    }
    const { body } = await here.call('GET', `/admin/v1/audit?couponId=${id}`, ADMIN);
    expect(JSON.stringify(body)).toContain(`"title":"${title}"`);
  });

  it('show a coupon that is opened, although it was unknown a moment ago', async () => {
    const id = await here.draft();
    expect([(await look(here, id)).status, (await look(there, id)).status]).toEqual([404, 404]);
    await here.move(id, 'open');
    expect((await look(here, id)).state).toBe('OPEN');
    await stateBecomes(there, id, 'OPEN');
  });

  it('show what was issued, at both doors', async () => {
    const id = await here.opened({ totalQuantity: 2 });
    await Promise.all([look(here, id), look(there, id)]);
    await here.issueByV1(id, 'a');
    await there.requestByV2(id, 'b');
    for (const client of [here, there]) {
      await eventually(
        () => look(client, id),
        ({ issued }) => issued === 2,
      );
    }
  });

  it('see a change within ten seconds where its message is lost, and go on without the cache', async () => {
    const id = await here.opened();
    await stateBecomes(there, id, 'OPEN');
    link.cut();
    // Until it has missed a change: it still has the state of before, from its own memory.
    let state = 'OPEN';
    do {
      state = state === 'OPEN' ? 'PAUSED' : 'OPEN';
      await here.move(id, state === 'OPEN' ? 'open' : 'pause');
    } while ((await look(there, id)).state === state);
    expect(await stateBecomes(there, id, state)).toMatchObject({ status: 200, from: 'DB' });
    const other = await here.opened();
    expect(await look(there, other)).toMatchObject({ state: 'OPEN', from: 'DB' });
    expect(await look(there, other)).toMatchObject({ from: 'L1' });
    await here.move(other, 'pause');
    link.mend();
    // It listens again and trusts nothing that it remembers.
    await stateBecomes(there, other, 'PAUSED');
    await here.move(other, 'open');
    await stateBecomes(there, other, 'OPEN');
  });
});
