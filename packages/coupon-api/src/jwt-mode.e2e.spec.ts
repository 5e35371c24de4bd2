import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, eventually } from './testing/api-client.js';
import { ADMIN, VALID_COUPON } from './testing/operator.js';
import { dropDatabase, preparePlace, startApi, type TestApi, type TestPlace } from './testing/stack.js';
import {
  AUDIENCE,
  ISSUER,
  type PairMaker,
  pairMaker,
  secretMaker,
  type TokenMaker,
} from './testing/token-maker.js';

const JWT_SECRET = 'Zx81-0123456789-abcdefghijklmnop';
const JWT = { AUTH_MODE: 'jwt', JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE };

const bearing = (maker: TokenMaker, claims: Record<string, unknown> = {}) => ({
  authorization: `Bearer ${maker.token({ claims })}`,
});

const codeOf = ({ status, body }: Answer) => [status, body.code];

describe('AUTH_MODE=jwt', () => {
  let place: TestPlace;

  beforeAll(async () => {
    place = await preparePlace('jwtmode');
  });

  afterAll(async () => {
    await dropDatabase(place.mysqlUrl);
  });

  /** An operator makes a coupon, and users get theirs at both doors. */
  async function expectARush({ client }: TestApi, maker: TokenMaker): Promise<void> {
    const operator = bearing(maker, { sub: 'operator', roles: ['admin'] });
    const draft = await client.call('POST', '/admin/v1/coupons', operator, VALID_COUPON);
    expect(draft.status).toBe(201);
    const id = draft.body.id;
    expect((await client.call('POST', `/admin/v1/coupons/${id}/open`, operator)).status).toBe(200);

    const ann = { ...bearing(maker, { sub: 'ann' }), 'x-user-id': 'ben' };
    const v1 = await client.call('POST', `/v1/coupons/${id}/issues`, ann);
    expect([v1.status, v1.body.userId]).toEqual([201, 'ann']);
    const cat = bearing(maker, { sub: 'cat' });
    const v2 = await client.call('POST', `/v2/coupons/${id}/issues`, cat);
    expect([v2.status, v2.body.userId]).toEqual([202, 'cat']);
    const me = await client.call('GET', `/v2/coupons/${id}/issues/me`, cat);
    expect([me.status, me.body.ticket]).toEqual([200, v2.body.ticket]);
    expect((await client.call('GET', `/v1/coupons/${id}`)).status).toBe(200);

    const doors = [
      ['POST', `/v1/coupons/${id}/issues`],
      ['POST', `/v2/coupons/${id}/issues`],
      ['GET', `/admin/v1/coupons/${id}`],
    ] as const;
    for (const [method, path] of doors) {
      expect(codeOf(await client.call(method, path, ADMIN))).toEqual([401, 'UNAUTHENTICATED']);
      const expired = await client.call(method, path, bearing(maker, { roles: 'admin', exp: 1 }));
      expect([...codeOf(expired), expired.headers.get('www-authenticate')]).toEqual([
        401,
        'UNAUTHENTICATED',
        'Bearer error="invalid_token"',
      ]);
      const forged = bearing(secretMaker('another secret of some length 00'), { roles: 'admin' });
      expect(codeOf(await client.call(method, path, forged))).toEqual([401, 'UNAUTHENTICATED']);
    }
    const noOperator = await client.call('GET', `/admin/v1/coupons/${id}`, ann);
    expect(codeOf(noOperator)).toEqual([403, 'FORBIDDEN']);
  }

  it('serves both doors and operators by a shared secret, in production too', async () => {
    const production = { NODE_ENV: 'production', GATE_DURABILITY: 'replicated' };
    const api = await startApi(place, { ...JWT, ...production, JWT_SECRET });
    try {
      await expectARush(api, secretMaker(JWT_SECRET));
      const document = await api.client.call('GET', '/openapi.json');
      expect(document.body.components).toMatchObject({ securitySchemes: { bearer: { type: 'http' } } });
    } finally {
      await api.app.stop();
    }
  });

  it('serves them by the keys that the issuer publishes, before and after these change', async () => {
    const issuer = await Issuer.start();
    const [first, second] = [pairMaker('RS256', 'first'), pairMaker('ES256', 'second')];
    issuer.published = [first];
    const api = await startApi(place, { ...JWT, JWT_SECRET: '', JWKS_URL: issuer.url });
    try {
      await expectARush(api, first);
      issuer.published = [second];
      const shown = () => api.client.call('GET', '/v2/coupons/999999/issues/me', bearing(second));
      await eventually(shown, ({ status }) => status === 404);
      const gone = await api.client.call('GET', '/v2/coupons/999999/issues/me', bearing(first));
      expect(codeOf(gone)).toEqual([401, 'UNAUTHENTICATED']);
      await expectARush(api, second);
    } finally {
      await api.app.stop();
      issuer.stop();
    }
  });

  it('starts while the issuer is away, and answers 503 until it is there', async () => {
    const issuer = await Issuer.start();
    const maker = pairMaker('EdDSA', 'only');
    const api = await startApi(place, { ...JWT, JWT_SECRET: '', JWKS_URL: issuer.url });
    try {
      const asked = () => api.client.call('GET', '/v2/coupons/999999/issues/me', bearing(maker));
      const away = await asked();
      expect([...codeOf(away), away.headers.get('retry-after')]).toEqual([503, 'UNAVAILABLE', '1']);
      issuer.published = [maker];
      expect((await eventually(asked, ({ status }) => status !== 503)).body.code).toBe('COUPON_NOT_FOUND');
    } finally {
      await api.app.stop();
      issuer.stop();
    }
  });
});

/** Publishes keys; where it has none, it answers 500. */
class Issuer {
  published: readonly PairMaker[] = [];

  private constructor(private readonly server: Server) {
    server.on('request', (_request, answer) => {
      const keys = this.published.map((pair) => pair.publicJwk());
      answer.writeHead(keys.length > 0 ? 200 : 500).end(JSON.stringify({ keys }));
    });
  }

  static async start(): Promise<Issuer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Issuer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/jwks`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
