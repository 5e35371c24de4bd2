import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalApp } from 'local-stack';
import {
  dropDatabase,
  preparePlace,
  startApi,
  startConsumer,
  type TestApi,
  type TestPlace,
} from './testing/stack.js';

describe('the compatibility calls', () => {
  let place: TestPlace;
  let api: TestApi;
  let consumer: LocalApp;

  beforeAll(async () => {
    place = await preparePlace('compat');
    api = await startApi(place);
    consumer = await startConsumer(place);
  });

  afterAll(async () => {
    await Promise.all([api?.app.stop(), consumer?.stop()]);
    await dropDatabase(place.mysqlUrl);
  });

  const call = async (path: string, couponId: number, userId: unknown) => {
    const { status, body } = await api.client.call('POST', path, {}, { userId, couponId });
    return [status, body];
  };
  const success = [200, { isSuccess: true, comment: null }];
  const refused = (comment: string) => [200, { isSuccess: false, comment }];

  it('issue as both doors do, once to each', async () => {
    const id = await api.client.opened({ totalQuantity: 3 });
    expect(await call('/v1/issue', id, 1)).toEqual(success);
    expect(await call('/v1/issue', id, 1)).toEqual(success);
    expect(await call('/v1/issue-async', id, '2')).toEqual(success);
    expect(await call('/v2/issue-async', id, 3)).toEqual(success);
    for (const user of ['2', '3']) expect((await api.client.settled(id, user)).body.status).toBe('ISSUED');
    expect(await call('/v1/issue-async', id, 2)).toEqual(success);
    for (const path of ['/v1/issue', '/v1/issue-async', '/v2/issue-async']) {
      expect(await call(path, id, 4)).toEqual(refused('No unit is left.'));
      expect(await call(path, 999_999, 4)).toEqual(refused('There is no such coupon.'));
    }
    const repeat = await api.client.issueByV1(id, '1');
    expect([repeat.status, repeat.body.issueNumber]).toEqual([200, 1]);
  });

  it('refuse the door that a coupon does not have', async () => {
    const wrong = refused('This coupon is not issued by this call.');
    const [sync, queued] = [
      await api.client.opened({ issueMode: 'SYNC' }),
      await api.client.opened({ issueMode: 'ASYNC' }),
    ];
    expect(await call('/v1/issue', queued, 1)).toEqual(wrong);
    expect(await call('/v1/issue-async', sync, 1)).toEqual(wrong);
    expect(await call('/v2/issue-async', sync, 1)).toEqual(wrong);
    expect(await call('/v1/issue', sync, 1)).toEqual(success);
    expect(await call('/v1/issue-async', queued, 1)).toEqual(success);
  });
});
