import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { bearing, EXPIRED, judged, NOT_VALID } from '../testing/caller-answers.js';
import { ISSUER, pairMaker, RULES, secretMaker, type TokenParts, unsigned } from '../testing/token-maker.js';
import type { Callers } from './callers.js';
import { readJwkSet } from './jwk-set.js';
import { JwtCallers } from './jwt-callers.js';
import { secretKey } from './token-keys.js';
import { tokenVerifier, type VerifyToken } from './token-verifier.js';

const SECRET = 'Zx81-0123456789-abcdefghijklmnop';
const NOW = Date.UTC(2026, 10, 20, 12);

const maker = secretMaker(SECRET);
const pairs = {
  RS256: pairMaker('RS256', 'r'),
  ES256: pairMaker('ES256', 'e'),
  EdDSA: pairMaker('EdDSA', 'd'),
};
type PairAlgorithm = keyof typeof pairs;

const bySecret = (userClaim = 'sub') =>
  new JwtCallers(secretKey(tokenVerifier(SECRET, 'HS256', RULES)), userClaim);

/** Keys that are known already. */
function byPair(algorithm: PairAlgorithm): Callers {
  const [key] = readJwkSet({ keys: [pairs[algorithm].publicJwk()] });
  const verify: VerifyToken = tokenVerifier(String(key?.pem), algorithm, RULES);
  return new JwtCallers(secretKey(verify), 'sub');
}

const atSecond = (offset: number) => NOW / 1_000 + offset;

describe('callers under AUTH_MODE=jwt', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: NOW });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const refusal = (parts: TokenParts) => bearing(bySecret(), maker.token(parts));
  const withClaims = (claims: Record<string, unknown>) => refusal({ claims });

  it('are who their token says, told at once', () => {
    const caller = bySecret().callerOf({ authorization: `Bearer ${maker.token()}` });
    expect(caller).toEqual({ userId: '42', roles: new Set() });
  });

  it.each(['RS256', 'ES256', 'EdDSA'] as const)(
    'may bear a token of %s, any number of times',
    async (alg) => {
      const callers = byPair(alg);
      const token = pairs[alg].token({ claims: { roles: 'admin' } });
      for (let n = 0; n < 3; n += 1) {
        expect(await bearing(callers, token)).toEqual({ userId: '42', roles: ['admin'] });
      }
    },
  );

  it('are not asked for the headers of AUTH_MODE=dev', () => {
    const headers = { 'x-user-id': '1', 'x-roles': 'admin' };
    const token = `Bearer ${maker.token()}`;
    expect(bySecret().callerOf({ ...headers, authorization: token })).toEqual({
      userId: '42',
      roles: new Set(),
    });
    expect(() => bySecret().callerOf(headers)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
  });

  describe('roles', () => {
    it.each([
      ['an array', ['service', 'king', 'admin'], ['admin', 'service']],
      ['one string', 'admin', ['admin']],
      ['no role of ours', 'Admin', []],
      ['an empty array', [], []],
      ['anything else', { admin: true }, []],
      ['an array of anything', [1, null, ['admin']], []],
      ['null', null, []],
    ])('as %s', async (_name, roles, expected) => {
      expect(await withClaims({ roles })).toEqual({ userId: '42', roles: expected });
    });
  });

  describe('the user id', () => {
    it.each([undefined, '', 42, null, 'u'.repeat(65), 'a b', 'zoë', ['42'], { id: '42' }])(
      'cannot be %j',
      async (sub) => {
        expect(await withClaims({ sub })).toEqual(NOT_VALID);
      },
    );

    it('stands in the claim that is configured, and in no other', async () => {
      const callers = bySecret('https://issuer.test/user');
      const named = maker.token({ claims: { 'https://issuer.test/user': 'ann' } });
      expect(await bearing(callers, named)).toMatchObject({ userId: 'ann' });
      expect(await bearing(callers, maker.token())).toEqual(NOT_VALID);
      expect(await bearing(bySecret('constructor'), maker.token())).toEqual(NOT_VALID);
    });
  });

  describe('the header Authorization', () => {
    it.each([undefined, '', 'Basic YTpi', 'Bearerish a.b.c', maker.token()])(
      'that shows no bearer token: %s',
      async (authorization) => {
        expect(await judged(bySecret(), authorization)).toEqual({
          code: 'UNAUTHENTICATED',
          detail: 'The request shows no bearer token.',
          challenge: 'Bearer',
        });
      },
    );

    it.each([
      'Bearer',
      'Bearer ',
      'Bearer a',
      'Bearer a.b',
      'Bearer a.b.c',
      'Bearer a.b.c.d',
      'Bearer ..',
      'Bearer bnVsbA.bnVsbA.bnVsbA',
      `Bearer ${'a'.repeat(9_000)}.b.c`,
    ])('with a token that is none: %.30s', async (authorization) => {
      expect(await judged(bySecret(), authorization)).toEqual(NOT_VALID);
    });

    it('whose token has something behind it', async () => {
      for (const rest of [' ', ',x', '=', '\n', ' x']) {
        expect(await judged(bySecret(), `Bearer ${maker.token()}${rest}`)).toEqual(NOT_VALID);
      }
    });

    it('names its scheme in any case', async () => {
      expect(await judged(bySecret(), `bearer  ${maker.token()}`)).toMatchObject({ userId: '42' });
    });
  });

  describe('signatures', () => {
    it('of another secret', async () => {
      expect(await bearing(bySecret(), secretMaker(`${SECRET}!`).token())).toEqual(NOT_VALID);
    });

    it('of other contents', async () => {
      const [header, , signature] = maker.token().split('.');
      const [, payload] = maker.token({ claims: { sub: '1', roles: 'admin' } }).split('.');
      expect(await bearing(bySecret(), [header, payload, signature].join('.'))).toEqual(NOT_VALID);
    });

    it('that are none', async () => {
      for (const alg of ['none', 'None', 'HS256', 'RS256']) {
        const token = unsigned({ header: { alg } });
        for (const bare of [token, token.slice(0, -1), `${token}AA`]) {
          expect([alg, await bearing(bySecret(), bare)]).toEqual([alg, NOT_VALID]);
          expect([alg, await bearing(byPair('RS256'), bare)]).toEqual([alg, NOT_VALID]);
        }
      }
    });

    it('of another algorithm', async () => {
      for (const alg of ['HS384', 'HS512']) {
        expect(await bearing(bySecret(), secretMaker(SECRET, alg).token())).toEqual(NOT_VALID);
      }
      expect(await bearing(bySecret(), pairs.RS256.token())).toEqual(NOT_VALID);
      expect(await bearing(byPair('RS256'), pairs.ES256.token())).toEqual(NOT_VALID);
      expect(await bearing(byPair('RS256'), pairs.RS256.token({ header: { alg: 'PS256' } }))).toEqual(
        NOT_VALID,
      );
    });

    it.each(['RS256', 'ES256', 'EdDSA'] as const)('with the public key of %s as a secret', async (alg) => {
      const { publicPem, publicJwk } = pairs[alg];
      const jwk = JSON.stringify(publicJwk());
      for (const key of [publicPem, publicPem.trim(), jwk]) {
        expect(await bearing(byPair(alg), secretMaker(key).token())).toEqual(NOT_VALID);
        const asIts = secretMaker(key).token({ header: { alg } });
        expect(await bearing(byPair(alg), asIts)).toEqual(NOT_VALID);
      }
    });

    it('under a header that demands what nobody here knows', async () => {
      expect(await refusal({ header: { crit: ['exp'], exp: 1 } })).toEqual(NOT_VALID);
    });
  });

  describe('issuer and audience', () => {
    it.each([
      { iss: undefined },
      { iss: 'https://other.test' },
      { iss: `${ISSUER}/` },
      { iss: [ISSUER] },
      { aud: undefined },
      { aud: 'others' },
      { aud: [] },
      { aud: ['others'] },
      { aud: { coupons: true } },
    ])('that are not ours: %j', async (claims) => {
      expect(await withClaims(claims)).toEqual(NOT_VALID);
    });

    it('may be one audience of several', async () => {
      expect(await withClaims({ aud: ['others', 'coupons'] })).toMatchObject({ userId: '42' });
    });
  });

  describe('time', () => {
    it('needs an end, in seconds', async () => {
      for (const exp of [undefined, null, String(atSecond(60)), 'never']) {
        expect(await withClaims({ exp })).toEqual(NOT_VALID);
      }
    });

    it('is up at `exp`, with five seconds for clocks that differ', async () => {
      expect(await withClaims({ exp: atSecond(-5) })).toMatchObject({ userId: '42' });
      expect(await withClaims({ exp: atSecond(-6) })).toEqual(EXPIRED);
      expect(await withClaims({ exp: -1e300 })).toEqual(NOT_VALID);
    });

    it('begins at `nbf`, with the same tolerance', async () => {
      expect(await withClaims({ nbf: atSecond(5) })).toMatchObject({ userId: '42' });
      expect(await withClaims({ nbf: atSecond(6) })).toEqual(NOT_VALID);
      expect(await withClaims({ nbf: 'now' })).toEqual(NOT_VALID);
    });

    it('is not told of a token that nobody has signed', async () => {
      const forged = secretMaker(`${SECRET}!`).token({ claims: { exp: atSecond(-60) } });
      expect(await bearing(bySecret(), forged)).toEqual(NOT_VALID);
    });

    it('ends for tokens that are remembered at the very same moment', async () => {
      for (const alg of ['RS256', 'ES256', 'EdDSA'] as const) {
        jest.setSystemTime(NOW);
        const callers = byPair(alg);
        const token = pairs[alg].token({ claims: { exp: atSecond(60) } });
        expect(await bearing(callers, token)).toMatchObject({ userId: '42' });
        jest.setSystemTime(NOW + 65_000);
        expect([alg, await bearing(callers, token)]).toMatchObject([alg, { userId: '42' }]);
        jest.setSystemTime(NOW + 65_001);
        expect([alg, await bearing(callers, token)]).toEqual([alg, EXPIRED]);
      }
    });

    it('comes for tokens that were too early, however often they were shown', async () => {
      const callers = byPair('EdDSA');
      const token = pairs.EdDSA.token({ claims: { nbf: atSecond(6) } });
      expect(await bearing(callers, token)).toEqual(NOT_VALID);
      jest.setSystemTime(NOW + 1_000);
      expect(await bearing(callers, token)).toMatchObject({ userId: '42' });
    });
  });
});
