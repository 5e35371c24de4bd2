import { describe, expect, it } from '@jest/globals';
import { type Answer, type ApiClient, eventually } from './api-client.js';

/** A part of the issuing tests, on their processes; a consumer has to run. */
export function describeUnusualLimits(client: () => ApiClient): void {
  const v1 = (id: number, user: string, key?: string) => ask('POST', `/v1/coupons/${id}/issues`, user, key);
  const v2 = (id: number, user: string, key?: string) => ask('POST', `/v2/coupons/${id}/issues`, user, key);
  const me = (id: number, user: string, key?: string) => ask('GET', `/v2/coupons/${id}/issues/me`, user, key);
  const ask = (method: string, path: string, user: string, key?: string): Promise<Answer> =>
    client().call(method, path, {
      'x-user-id': user,
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    });
  const isSettled = ({ body }: Answer) => body.status !== 'PENDING';
  const short = ({ status, body }: Answer) => [status, body.code ?? body.issueNumber ?? body.status];

  describe('a coupon without a total', () => {
    it('is given without end at both doors, rebuilt, limited and unlimited again', async () => {
      const id = await client().opened({ totalQuantity: null });
      expect(short(await v1(id, 'a'))).toEqual([201, 1]);
      for (const user of ['b', 'c']) {
        expect((await v2(id, user)).status).toBe(202);
        expect((await client().settled(id, user)).body.status).toBe('ISSUED');
      }
      const view = await client().operate('GET', `/${id}`);
      expect(view.body).toMatchObject({ totalQuantity: null, remaining: null, issuedQuantity: 3 });
      const shown = await client().call('GET', `/v1/coupons/${id}`);
      expect(shown.body).toMatchObject({ totalQuantity: null, remaining: null });

      const limit = (total: number | null) => client().operate('POST', `/${id}/quantity`, { total });
      expect(short(await limit(2))).toEqual([409, 'QUANTITY_BELOW_CLAIMED']);
      expect((await limit(3)).body).toMatchObject({ totalQuantity: 3, remaining: 0 });
      expect([short(await v1(id, 'd')), short(await v2(id, 'd'))]).toEqual([
        [409, 'SOLD_OUT'],
        [409, 'SOLD_OUT'],
      ]);
      expect((await limit(null)).body).toMatchObject({ totalQuantity: null, remaining: null });
      expect(short(await v1(id, 'd'))).toEqual([201, 4]);

      expect((await client().operate('POST', `/${id}/rebuild`)).status).toBe(200);
      const again = await v2(id, 'b');
      expect([again.status, again.body]).toMatchObject([202, { status: 'ISSUED', ticket: 1 }]);
    });
  });

  describe('a coupon of which one person may have two', () => {
    it('is given once a key at V1, and no third time', async () => {
      const id = await client().opened({ perUserLimit: 2, issueMode: 'SYNC' });
      expect((await client().call('GET', `/v1/coupons/${id}`)).body.perUserLimit).toBe(2);
      expect(short(await v1(id, 'ann'))).toEqual([400, 'IDEMPOTENCY_KEY_REQUIRED']);
      const first = await v1(id, 'ann', 'order-1');
      expect([first.status, first.body]).toMatchObject([201, { userId: 'ann', issueNumber: 1 }]);
      const repeat = await v1(id, 'ann', 'order-1');
      expect([repeat.status, repeat.body]).toEqual([200, first.body]);
      const raced = await Promise.all(['order-2', 'order-2', 'order-2'].map((key) => v1(id, 'ann', key)));
      expect(raced.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
      expect(short(await v1(id, 'ann', 'order-3'))).toEqual([409, 'ALREADY_ISSUED']);
      expect(short(await v1(id, 'ben', 'order-1'))).toEqual([201, 3]);

      await client().cancel(id, 1, { 'x-user-id': 'ann' });
      expect(short(await v1(id, 'ann', 'order-4'))).toEqual([409, 'ALREADY_ISSUED']);
      expect((await me(id, 'ann', 'order-1')).body).toMatchObject({ issueNumber: 1, lifecycle: 'CANCELLED' });
      expect((await me(id, 'ann', 'order-2')).body).toMatchObject({ status: 'ISSUED', issueNumber: 2 });
    });

    it('has a ticket, a receipt and a status a key at V2, beside V1', async () => {
      const id = await client().opened({ perUserLimit: 2, totalQuantity: 3 });
      expect(short(await v2(id, 'ann'))).toEqual([400, 'IDEMPOTENCY_KEY_REQUIRED']);
      const [one, same] = [await v2(id, 'ann', 'k1'), await v2(id, 'ann', 'k1')];
      expect([one.status, one.body]).toMatchObject([202, { userId: 'ann', ticket: 1 }]);
      expect(same.body.ticket).toBe(1);
      expect((await eventually(() => me(id, 'ann', 'k1'), isSettled)).body).toMatchObject({ issueNumber: 1 });
      expect((await v1(id, 'ann', 'k1')).body).toMatchObject({ issueNumber: 1 });
      expect(short(await v1(id, 'ann', 'k2'))).toEqual([201, 2]);
      expect(short(await v2(id, 'ann', 'k2'))).toEqual([200, 2]);
      expect([short(await v1(id, 'ann', 'k3')), short(await v2(id, 'ann', 'k3'))]).toEqual([
        [409, 'ALREADY_ISSUED'],
        [409, 'ALREADY_ISSUED'],
      ]);
      expect(short(await me(id, 'ann', 'k3'))).toEqual([404, 'NOT_REQUESTED']);
      expect(short(await me(id, 'ann'))).toEqual([400, 'IDEMPOTENCY_KEY_REQUIRED']);
      expect((await v2(id, 'ben', 'k1')).status).toBe(202);
      expect((await eventually(() => me(id, 'ben', 'k1'), isSettled)).body).toMatchObject({ issueNumber: 3 });
      expect(short(await v2(id, 'ben', 'k2'))).toEqual([409, 'SOLD_OUT']);
      // Whoever has both hears of that first.
      expect(short(await v2(id, 'ann', 'k3'))).toEqual([409, 'ALREADY_ISSUED']);
    });

    it.each(['', 'two words', 'a#b', 'é', 'x'.repeat(65)])('does not take %p for a key', async (key) => {
      const id = await client().opened({ perUserLimit: 2 });
      for (const door of [v1, v2, me])
        expect(short(await door(id, 'ann', key))).toEqual([400, 'VALIDATION_FAILED']);
    });
  });
}
