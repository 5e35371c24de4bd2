import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TokenCredentials } from '../load/token-credentials.js';
import { BARE_ROUTE_PATH, type Baseline, startBaseline } from './start-baseline.js';

const issuerOf = (changes: object = {}) => ({
  ...{ secret: 's'.repeat(32), issuer: 'shop', audience: 'coupons' },
  ...changes,
});

let bareRoute: Baseline;

beforeAll(async () => {
  const { secret, issuer, audience } = issuerOf();
  const tokens = { JWT_SECRET: secret, JWT_ISSUER: issuer, JWT_AUDIENCE: audience };
  bareRoute = await startBaseline('bare-route', { AUTH_MODE: 'jwt', ...tokens });
});

afterAll(() => bareRoute.stop());

async function statusFor(headers: Record<string, string>): Promise<number> {
  const response = await fetch(new URL(BARE_ROUTE_PATH, bareRoute.origin), { method: 'POST', headers });
  return response.status;
}

async function headersBy(changes: object): Promise<Record<string, string>> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const credentials = new TokenCredentials(issuerOf(changes), nowhere);
  await credentials.prepare(1);
  const [name, value] = credentials.headerOf(0).split(': ');
  return { [name!]: value! };
}

describe('a baseline whose callers show tokens', () => {
  it('knows those of the system', async () => {
    expect(await statusFor(await headersBy({}))).toBe(202);
  });

  it.each([
    ['another secret', { secret: 't'.repeat(32) }],
    ['another issuer', { issuer: 'shop2' }],
    ['another audience', { audience: 'orders' }],
  ])('refuses those of %s', async (_, changes) => {
    expect(await statusFor(await headersBy(changes))).toBe(401);
  });

  it('believes no name without a token', async () => {
    expect(await statusFor({ 'x-user-id': '1' })).toBe(401);
    expect(await statusFor({ authorization: 'Bearer 1' })).toBe(401);
  });
});
