import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from './testing/api-client.js';
import { ADMIN, VALID_COUPON } from './testing/operator.js';
import { dropDatabase, preparePlace, startApi, type TestApi, type TestPlace } from './testing/stack.js';

const PROBLEM = /^application\/problem\+json/;

describe('bad input', () => {
  let place: TestPlace;
  let api: TestApi;
  let client: ApiClient;
  let couponId: number;

  beforeAll(async () => {
    place = await preparePlace('badinput');
    api = await startApi(place);
    client = api.client;
    couponId = await client.opened();
  });

  afterAll(async () => {
    await api?.app.stop();
    await dropDatabase(place.mysqlUrl);
  });

  const doors = () =>
    [
      ['POST', '/v1/coupons/:id/issues'],
      ['POST', '/v2/coupons/:id/issues'],
      ['GET', '/v2/coupons/:id/issues/me'],
    ] as const;

  it('ids that are none are 400, everywhere', async () => {
    const readers = [
      ['GET', '/v1/coupons/:id'],
      ['GET', '/admin/v1/coupons/:id'],
      ['POST', '/admin/v1/coupons/:id/open'],
      ['POST', '/admin/v1/coupons/:id/rebuild'],
      ['POST', '/admin/v1/coupons/:id/reconcile'],
    ] as const;
    for (const [method, path] of [...doors(), ...readers]) {
      for (const id of ['0', '-1', '9223372036854775808', 'abc', '1e3', '%00', '1'.repeat(300)]) {
        const answer = await client.call(method, path.replace(':id', id), ADMIN);
        expect([path, id, answer.status, answer.body.code]).toEqual([path, id, 400, 'VALIDATION_FAILED']);
        expect(answer.headers.get('content-type')).toMatch(PROBLEM);
      }
    }
  });

  it('callers are 401 without a name and 400 with a bad one', async () => {
    for (const [method, path] of doors()) {
      const url = path.replace(':id', String(couponId));
      const nobody = await client.call(method, url);
      expect([nobody.status, nobody.body.code]).toEqual([401, 'UNAUTHENTICATED']);
      for (const name of ['', 'u'.repeat(65), 'zoë', 'a b', '1,2']) {
        const answer = await client.call(method, url, { 'x-user-id': name });
        expect([name, answer.status, answer.body.code]).toEqual([name, 400, 'VALIDATION_FAILED']);
      }
    }
    const longest = await client.issueByV1(couponId, 'A9._:|@-'.repeat(8));
    expect(longest.status).toBe(201);
  });

  it('bodies are refused by their syntax, their type and their size', async () => {
    const send = (path: string, type: string, body: string) =>
      client.call('POST', path, { ...ADMIN, 'content-type': type }, body);
    for (const path of [
      '/admin/v1/coupons',
      `/v1/coupons/${couponId}/issues`,
      `/v2/coupons/${couponId}/issues`,
    ]) {
      const malformed = await send(path, 'application/json', '{"title":');
      expect([malformed.status, malformed.body.code]).toEqual([400, 'VALIDATION_FAILED']);
      const typed = await send(path, 'text/plain', 'hello');
      expect([typed.status, typed.body.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
      const large = await send(path, 'application/json', JSON.stringify({ title: 'x'.repeat(9_000) }));
      expect([large.status, large.body.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    }
  });

  it('a body that arrives in pieces counts as a whole', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sending = request(`${api.app.url}/admin/v1/coupons`, {
        method: 'POST',
        headers: { ...ADMIN, 'content-type': 'application/json' },
      });
      sending.on('response', (answer) => resolve(answer.resume().statusCode)).on('error', reject);
      for (let sent = 0; sent < 9; sent += 1) sending.write(' '.repeat(1_024));
      sending.end();
    });
    expect(status).toBe(413);
  });

  it('what is not HTTP, and URLs beyond every measure, are answered with a problem', async () => {
    for (const text of ['nonsense\r\n\r\n', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`]) {
      const answer = await exchange(api.app.url, text);
      expect(answer).toMatch(/^HTTP\/1.1 400 /);
      expect(answer).toMatch(/content-type: application\/problem\+json/);
      expect(answer).toContain('"code":"VALIDATION_FAILED"');
    }
  });

  it('unknown calls are 404 with a code of their own', async () => {
    for (const [method, path] of [
      ['GET', '/'],
      ['DELETE', `/v1/coupons/${couponId}`],
      ['GET', '/v3/coupons'],
    ] as const) {
      const answer = await client.call(method, path, ADMIN);
      expect([answer.status, answer.body.code]).toEqual([404, 'ROUTE_NOT_FOUND']);
    }
  });

  it('the request id comes back, and names every problem', async () => {
    const own = await client.call('GET', '/v1/coupons/0', { 'x-request-id': 'support case 7' });
    expect([own.headers.get('x-request-id'), own.body.correlationId]).toEqual([
      'support case 7',
      'support case 7',
    ]);
    const fresh = await client.call('GET', '/v1/coupons/0', { 'x-request-id': 'x'.repeat(129) });
    expect(fresh.headers.get('x-request-id')).toMatch(/^[\w-]{12}\.\d+$/);
    const fine = await client.call('GET', `/v1/coupons/${couponId}`, { 'x-request-id': 'abc' });
    expect(fine.headers.get('x-request-id')).toBe('abc');
  });

  it('a client that hangs up in the middle harms nobody', async () => {
    for (const text of [
      `POST /v1/coupons/${couponId}/issues HTTP/1.1\r\nhost: a\r\nx-user-id: gone-1\r\n\r\n`,
      `POST /v2/coupons/${couponId}/issues HTTP/1.1\r\nhost: a\r\nx-user-id: gone-2\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"half":`,
      `GET /v1/coupons/${couponId} HTTP/1.1\r\nho`,
    ]) {
      await hangUp(api.app.url, text);
    }
    expect((await client.issueByV1(couponId, 'still-here')).status).toBe(201);
    expect(api.app.logs()).not.toMatch(/"level":(50|60)/);
  });

  describe('operators', () => {
    it('need a name and the role', async () => {
      const asked = async (headers: Record<string, string>) =>
        (await client.call('POST', '/admin/v1/coupons', headers, VALID_COUPON)).body.code;
      expect(await asked({ 'x-roles': 'admin' })).toBe('UNAUTHENTICATED');
      expect(await asked({ 'x-user-id': '42' })).toBe('FORBIDDEN');
      expect(await asked({ 'x-user-id': '42', 'x-roles': 'service' })).toBe('FORBIDDEN');
    });

    it.each([
      { title: '' },
      { title: 'x'.repeat(201) },
      { type: 'LOTTERY' },
      { totalQuantity: 0 },
      { totalQuantity: 1_000_000_001 },
      { totalQuantity: '10' },
      { discount: { kind: 'PERCENT', value: 101 } },
      { discount: { kind: 'FIXED', value: 10, maxDiscount: 5 } },
      { currency: 'euro' },
      { minOrderAmount: -1 },
      { issueEndsAt: '2025-12-31T00:00:00Z' },
      { issueStartsAt: '2026-01-01' },
      { issueStartsAt: '2026-02-30T00:00:00Z' },
      { validForDays: 3, expiresAt: '2099-06-01T00:00:00Z' },
      { expiresAt: '2098-01-01T00:00:00Z' },
      { perUserLimit: 101 },
      { admission: 'QUEUE' },
      { lockStrategy: 'table' },
      { metadata: { note: 'x'.repeat(4_096) } },
      { surprise: true },
    ])('hear what is wrong with %p', async (change) => {
      const { status, body } = await client.operate('POST', '', { ...VALID_COUPON, ...change });
      expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
      expect(body.detail).toContain(Object.keys(change).at(-1));
    });

    it('get drafts, lists and moves, each as the contract says', async () => {
      const metadata = { campaign: 'spring', tags: ['a', 1, null] };
      const discount = { kind: 'PERCENT', value: 10, maxDiscount: 500 };
      const id = await client.draft({ metadata, discount, validForDays: 30, title: '  Zehn Prozent 🎉 ' });
      const draft = await client.operate('GET', `/${id}`);
      expect(draft.body).toMatchObject({ id, state: 'DRAFT', title: 'Zehn Prozent 🎉', metadata, discount });
      expect(draft.body).toMatchObject({
        issueEndsAt: '2098-12-31T15:00:00.000Z',
        currency: 'USD',
        issueMode: 'BOTH',
      });
      expect(draft.body).toMatchObject({ version: 1, gateVersion: 1, epoch: 0, returned: 0, issuedByV1: 0 });
      expect((await client.operate('GET', '?state=DRAFT')).body.items).toContainEqual(
        expect.objectContaining({ id }),
      );
      expect((await client.operate('POST', `/${id}/pause`)).body.code).toBe('INVALID_STATE_CHANGE');
      await client.move(id, 'open');
      await client.move(id, 'open');
      await client.move(id, 'close');
      const reopened = await client.operate('POST', `/${id}/open`);
      expect([reopened.status, reopened.body.code]).toEqual([409, 'INVALID_STATE_CHANGE']);
      expect((await client.operate('POST', '/999999/open')).body.code).toBe('COUPON_NOT_FOUND');
      expect((await client.operate('GET', '/999999')).status).toBe(404);
    });

    it('rebuild a gate', async () => {
      const id = await client.opened();
      const answer = await client.operate('POST', `/${id}/rebuild`);
      expect([answer.status, answer.body]).toMatchObject([200, { outcome: 'REBUILT', epoch: 2 }]);
      expect((await client.operate('POST', `/${await client.draft()}/rebuild`)).status).toBe(404);
    });
  });

  describe('coupon views', () => {
    it('answer 304 until something changes', async () => {
      const id = await client.opened();
      const path = `/v1/coupons/${id}`;
      const first = await client.call('GET', path);
      expect(first.status).toBe(200);
      const known = { 'if-none-match': first.headers.get('etag') ?? '' };
      expect((await client.call('GET', path, known)).status).toBe(304);
      await client.move(id, 'pause');
      const changed = await client.call('GET', path, known);
      expect([changed.status, changed.body.state]).toEqual([200, 'PAUSED']);
    });

    it('come in pages, newest first, without drafts', async () => {
      const ids = [await client.opened(), await client.opened(), await client.opened()];
      await client.draft();
      const first = await client.call('GET', '/v1/coupons?state=OPEN&limit=2');
      const second = await client.call(
        'GET',
        `/v1/coupons?state=OPEN&limit=1&cursor=${first.body.nextCursor}`,
      );
      const shown = [first, second].flatMap(({ body }) =>
        (body.items as { id: number }[]).map(({ id }) => id),
      );
      expect(shown).toEqual(ids.reverse());
      expect((await client.call('GET', '/v1/coupons?state=DRAFT')).status).toBe(400);
    });
  });
});

/** Sends text as it is and answers all that comes back until the connection ends. */
function exchange(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.setEncoding('utf8').on('data', (part) => {
      answer += part;
    });
    socket.on('close', () => resolve(answer)).on('error', reject);
  });
}

/** Sends text and breaks the connection without waiting for an answer. */
function hangUp(url: string, text: string): Promise<void> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text, () => socket.resetAndDestroy()));
    socket.on('close', () => resolve()).on('error', reject);
  });
}
