import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalApp } from 'local-stack';
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
import { describeUnusualLimits } from './testing/unusual-limits.js';

const MS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const codes = (answers: Answer[]) => answers.map(({ status, body }) => [status, body.code]);

describe('issuing at both doors', () => {
  let place: TestPlace;
  let api: TestApi;
  let consumer: LocalApp | undefined;
  let client: ApiClient;

  beforeAll(async () => {
    place = await preparePlace('issuance');
    api = await startApi(place);
    client = api.client;
  });

  afterAll(async () => {
    await api?.app.stop();
    await consumer?.stop();
    await dropDatabase(place.mysqlUrl);
  });

  const bothDoors = async (couponId: number | string, userId = 'late') => [
    await client.issueByV1(couponId, userId),
    await client.requestByV2(couponId, userId),
  ];

  describe('what refuses everybody', () => {
    it('an unknown coupon, and a draft', async () => {
      const draft = await client.draft();
      for (const id of [999_999, Number.MAX_SAFE_INTEGER, draft]) {
        expect(codes(await bothDoors(id))).toEqual([
          [404, 'COUPON_NOT_FOUND'],
          [404, 'COUPON_NOT_FOUND'],
        ]);
        expect((await client.me(id, 'late')).body.code).toBe('COUPON_NOT_FOUND');
      }
    });

    it('a window that has not begun, or is over', async () => {
      const early = await client.opened({ issueStartsAt: '2098-01-01T00:00:00Z' });
      const late = await client.opened({ issueEndsAt: '2026-01-02T00:00:00Z' });
      expect(codes(await bothDoors(early))).toEqual(Array(2).fill([409, 'NOT_STARTED']));
      expect(codes(await bothDoors(late))).toEqual(Array(2).fill([409, 'ENDED']));
    });

    it('a pause, until it is resumed', async () => {
      const id = await client.opened();
      await client.move(id, 'pause');
      expect(codes(await bothDoors(id))).toEqual(Array(2).fill([409, 'PAUSED']));
      await client.move(id, 'open');
      expect((await client.issueByV1(id, 'back')).status).toBe(201);
      expect((await client.requestByV2(id, 'again')).status).toBe(202);
    });

    it('a coupon that is closed', async () => {
      const id = await client.opened();
      await client.move(id, 'close');
      expect(codes(await bothDoors(id))).toEqual(Array(2).fill([409, 'CLOSED']));
    });

    it('the door that the coupon does not have', async () => {
      const sync = await client.opened({ issueMode: 'SYNC' });
      const queued = await client.opened({ issueMode: 'ASYNC' });
      expect(codes([await client.requestByV2(sync, 'u')])).toEqual([[409, 'WRONG_MODE']]);
      expect(codes([await client.issueByV1(queued, 'u')])).toEqual([[409, 'WRONG_MODE']]);
      expect((await client.issueByV1(sync, 'u')).status).toBe(201);
      expect((await client.requestByV2(queued, 'u')).status).toBe(202);
    });
  });

  describe('V1', () => {
    it('issues once, and repeats the same issue ever after', async () => {
      const id = await client.opened({ totalQuantity: 1, expiresAt: '2099-06-01T00:00:00Z' });
      const first = await client.issueByV1(id, 'ann');
      expect(first.status).toBe(201);
      expect(first.body).toEqual({
        couponId: id,
        userId: 'ann',
        issueNumber: 1,
        status: 'ISSUED',
        issuedAt: expect.stringMatching(MS),
        expiresAt: '2099-06-01T00:00:00.000Z',
      });
      expect(codes([await client.issueByV1(id, 'bob')])).toEqual([[409, 'SOLD_OUT']]);
      await client.move(id, 'pause');
      const repeat = await client.issueByV1(id, 'ann');
      expect([repeat.status, repeat.body]).toEqual([200, first.body]);
    });

    it('is seen by V2, which answers the issue, and by me', async () => {
      const id = await client.opened();
      const issued = await client.issueByV1(id, 'ann');
      const answer = await client.requestByV2(id, 'ann');
      expect([answer.status, answer.body]).toEqual([200, issued.body]);
      const me = await client.me(id, 'ann');
      // The gate may have taken the claim before it heard of the issue; then me names its ticket as well.
      expect(me.body).toMatchObject({ status: 'ISSUED', issueNumber: 1, issuedAt: issued.body.issuedAt });
    });
  });

  describe('V2', () => {
    it('settles claims: pending, then issued or rejected, and never anything else', async () => {
      const id = await client.opened({ totalQuantity: 2 });
      expect((await client.me(id, 'ann')).body.code).toBe('NOT_REQUESTED');
      const won = await client.requestByV2(id, 'ann');
      expect(won.status).toBe(202);
      expect(won.body).toEqual({
        couponId: id,
        userId: 'ann',
        ticket: 1,
        status: 'PENDING',
        position: expect.any(Number),
        estimatedWaitMs: expect.any(Number),
        receipt: expect.any(String),
        links: { self: `/v2/coupons/${id}/issues/me` },
      });
      expect((await client.requestByV2(id, 'ben')).body.ticket).toBe(2);
      const waiting = await client.requestByV2(id, 'ann');
      expect([waiting.status, waiting.body]).toMatchObject([202, { ticket: 1, status: 'PENDING' }]);
      expect((await client.me(id, 'ben')).body).toMatchObject({ status: 'PENDING', ticket: 2, position: 1 });
      // V1 does not know of claims in flight: the last of them loses its unit to whoever comes by V1.
      expect((await client.issueByV1(id, 'cat')).status).toBe(201);
      await client.move(id, 'pause');
      const heldAtV1 = await client.issueByV1(id, 'ann');
      expect([heldAtV1.status, heldAtV1.body]).toMatchObject([202, { ticket: 1, status: 'PENDING' }]);
      await client.move(id, 'open');

      consumer = await startConsumer(place);
      const settled = await client.settled(id, 'ann');
      expect(settled.body).toEqual({
        status: 'ISSUED',
        ticket: 1,
        issueNumber: 2,
        issuedAt: expect.stringMatching(MS),
      });
      expect((await client.settled(id, 'ben')).body).toEqual({
        status: 'REJECTED',
        ticket: 2,
        reason: 'SOLD_OUT',
      });

      const again = await client.requestByV2(id, 'ann');
      expect([again.status, again.body]).toMatchObject([
        202,
        { ticket: 1, status: 'ISSUED', issueNumber: 2 },
      ]);
      expect((await client.requestByV2(id, 'ben')).body).toMatchObject({
        status: 'REJECTED',
        reason: 'SOLD_OUT',
      });
      const byV1 = await client.issueByV1(id, 'ann');
      expect([byV1.status, byV1.body]).toMatchObject([200, { issueNumber: 2, status: 'ISSUED' }]);
      expect(codes([await client.requestByV2(id, 'dan')])).toEqual([[409, 'SOLD_OUT']]);
    });
  });

  describe('a cancelled issue', () => {
    it('gives its unit to whoever comes next, at each door, and keeps its own number', async () => {
      consumer ??= await startConsumer(place);
      const id = await client.opened({ totalQuantity: 2, returnCancelledUnits: true });
      const ann = { 'x-user-id': 'ann' };
      const won = await client.issueByV1(id, 'ann');
      expect((await client.requestByV2(id, 'ben')).status).toBe(202);
      const ben = await client.settled(id, 'ben');
      expect(codes([await client.requestByV2(id, 'cat')])).toEqual([[409, 'SOLD_OUT']]);
      expect(codes([await client.cancel(id, won.body.issueNumber, { 'x-user-id': 'ben' })])).toEqual([
        [404, 'ISSUE_NOT_FOUND'],
      ]);

      const cancelled = await client.cancel(id, won.body.issueNumber, ann);
      expect([cancelled.status, cancelled.body]).toEqual([200, { ...won.body, lifecycle: 'CANCELLED' }]);
      const again = await client.cancel(id, won.body.issueNumber, ann);
      expect([again.status, again.body]).toEqual([200, cancelled.body]);
      const repeat = await client.issueByV1(id, 'ann');
      expect([repeat.status, repeat.body]).toEqual([200, cancelled.body]);
      expect((await client.me(id, 'ann')).body).toMatchObject({ status: 'ISSUED', lifecycle: 'CANCELLED' });

      await eventually(
        () => client.requestByV2(id, 'cat'),
        ({ status }) => status === 202,
      );
      expect((await client.settled(id, 'cat')).body).toMatchObject({ status: 'ISSUED', issueNumber: 3 });
      expect(codes([await client.issueByV1(id, 'dan')])).toEqual([[409, 'SOLD_OUT']]);
      const revoked = await client.operate('POST', `/${id}/issues/${ben.body.issueNumber}/revoke`);
      expect([revoked.status, revoked.body.lifecycle]).toEqual([200, 'REVOKED']);
      expect((await client.issueByV1(id, 'dan')).body).toMatchObject({ issueNumber: 4 });
      expect((await client.operate('GET', `/${id}`)).body).toMatchObject({
        totalQuantity: 2,
        issuedQuantity: 4,
        givenBack: 2,
        remaining: 0,
      });
    });
  });

  describe('the compatibility calls', () => {
    beforeAll(async () => {
      consumer ??= await startConsumer(place);
    });

    const call = async (path: string, couponId: number, userId: unknown) => {
      const { status, body } = await client.call('POST', path, {}, { userId, couponId });
      return [status, body];
    };
    const success = [200, { isSuccess: true, comment: null }];
    const refused = (comment: string) => [200, { isSuccess: false, comment }];

    it('issue as both doors do, once to each', async () => {
      const id = await client.opened({ totalQuantity: 3 });
      expect(await call('/v1/issue', id, 1)).toEqual(success);
      expect(await call('/v1/issue', id, 1)).toEqual(success);
      expect(await call('/v1/issue-async', id, '2')).toEqual(success);
      expect(await call('/v2/issue-async', id, 3)).toEqual(success);
      for (const user of ['2', '3']) expect((await client.settled(id, user)).body.status).toBe('ISSUED');
      expect(await call('/v1/issue-async', id, 2)).toEqual(success);
      for (const path of ['/v1/issue', '/v1/issue-async', '/v2/issue-async']) {
        expect(await call(path, id, 4)).toEqual(refused('No unit is left.'));
        expect(await call(path, 999_999, 4)).toEqual(refused('There is no such coupon.'));
      }
      const repeat = await client.issueByV1(id, '1');
      expect([repeat.status, repeat.body.issueNumber]).toEqual([200, 1]);
    });

    it('refuse the door that a coupon does not have', async () => {
      const wrong = refused('This coupon is not issued by this call.');
      const [sync, queued] = [
        await client.opened({ issueMode: 'SYNC' }),
        await client.opened({ issueMode: 'ASYNC' }),
      ];
      expect(await call('/v1/issue', queued, 1)).toEqual(wrong);
      expect(await call('/v1/issue-async', sync, 1)).toEqual(wrong);
      expect(await call('/v2/issue-async', sync, 1)).toEqual(wrong);
      expect(await call('/v1/issue', sync, 1)).toEqual(success);
      expect(await call('/v1/issue-async', queued, 1)).toEqual(success);
    });
  });

  describe('unusual limits', () => {
    beforeAll(async () => {
      consumer ??= await startConsumer(place);
    });

    describeUnusualLimits(() => client);
  });

  describe('with one server away', () => {
    beforeAll(async () => {
      consumer ??= await startConsumer(place);
    });

    it('V2 keeps taking claims without the database, and says what it cannot know', async () => {
      const id = await client.opened({ issueMode: 'ASYNC' });
      const mysql = new URL(place.mysqlUrl);
      const link = await CuttableLink.to(mysql);
      const other = await startApi(place, { MYSQL_URL: link.inFrontOf(mysql) });
      try {
        expect((await other.client.requestByV2(id, 'ann')).status).toBe(202);
        link.cut();
        expect((await other.client.requestByV2(id, 'ben')).status).toBe(202);
        expect((await other.client.me(id, 'ann')).body).toMatchObject({ status: 'UNKNOWN', ticket: 1 });
        expect((await other.client.me(id, 'cat')).body).toEqual({ status: 'UNKNOWN' });
        expectUnavailable(await other.client.issueByV1(id, 'dan'));
        // A coupon that no level of the cache has; another one may be read from there.
        expectUnavailable(await other.client.call('GET', '/v1/coupons/999999999'));
        expectUnavailable(await other.client.operate('GET', `/${id}`));
        expectUnavailable(await other.client.operate('POST', `/${id}/pause`));
        const ready = await other.client.call('GET', '/health/ready');
        expect([ready.status, ready.body]).toMatchObject([
          200,
          { status: 'up', database: 'down', gate: 'up' },
        ]);
        link.mend();
        const isIssued = ({ body }: Answer) => body.status === 'ISSUED';
        await eventually(() => other.client.me(id, 'ben'), isIssued);
      } finally {
        link.close();
        await other.app.stop();
      }
    });

    it('V1 keeps issuing without the gate, and claims are known to nobody', async () => {
      const id = await client.opened();
      const redis = new URL(String(place.env.REDIS_URL));
      const link = await CuttableLink.to(redis);
      const other = await startApi(place, { REDIS_URL: link.inFrontOf(redis) });
      try {
        link.cut();
        expect((await other.client.issueByV1(id, 'ann')).status).toBe(201);
        expect((await other.client.issueByV1(id, 'ann')).status).toBe(200);
        expectUnavailable(await other.client.requestByV2(id, 'ben'));
        expect((await other.client.me(id, 'ben')).body).toEqual({ status: 'UNKNOWN' });
        expect((await other.client.me(id, 'ann')).body).toMatchObject({ status: 'ISSUED', issueNumber: 1 });
        expectUnavailable(await other.client.operate('POST', `/${id}/rebuild`));
        const ready = await other.client.call('GET', '/health/ready');
        expect([ready.status, ready.body]).toMatchObject([
          200,
          { status: 'up', database: 'up', gate: 'down' },
        ]);
        link.mend();
        const isTaken = ({ status }: Answer) => status === 202;
        await eventually(() => other.client.requestByV2(id, 'ben'), isTaken);
      } finally {
        link.close();
        await other.app.stop();
      }
    });
  });
});

function expectUnavailable({ status, body, headers }: Answer): void {
  expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'UNAVAILABLE', '1']);
}
