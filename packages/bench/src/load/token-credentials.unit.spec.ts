import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { createVerifier } from 'fast-jwt';
import { TokenCredentials } from './token-credentials.js';

const secret = 's'.repeat(32);
const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

function verifierOf(issuer: string) {
  return createVerifier({
    key: secret,
    algorithms: ['HS256'],
    allowedIss: issuer,
    allowedAud: 'coupons',
    requiredClaims: ['iss', 'aud', 'exp'],
  });
}

const tokenOf = (header: string): string => /^(?:authorization: )?Bearer (\S+)$/.exec(header)![1]!;

describe('credentials by token', () => {
  // The lengths leave 0, 1 and 2 bytes over before the last claim.
  it.each(['shop', 'shop1', 'shop12', 'https://상점.example'])(
    'name each user to whoever knows the secret, for the issuer %s',
    async (issuer) => {
      const credentials = new TokenCredentials({ secret, issuer, audience: 'coupons' }, nowhere());
      await credentials.prepare(1_001);
      const verify = verifierOf(issuer);
      for (const user of [0, 8, 9, 98, 99, 1_000]) {
        const { sub, exp, iat } = verify(tokenOf(credentials.headerOf(user)));
        expect(sub).toBe(String(user + 1));
        expect(exp - iat).toBe(86_400);
      }
      expect(verify(tokenOf(credentials.operatorHeaders.authorization!))).toMatchObject({
        sub: 'operator',
        roles: ['admin'],
      });
    },
  );

  it('stay what they were when more users come', async () => {
    const credentials = new TokenCredentials({ secret, issuer: 'shop', audience: 'coupons' }, nowhere());
    await credentials.prepare(2);
    const before = [0, 1].map((user) => credentials.headerOf(user));
    await credentials.prepare(1);
    await credentials.prepare(30_000);
    expect([0, 1].map((user) => credentials.headerOf(user))).toEqual(before);
    expect(() => verifierOf('shop')(tokenOf(credentials.headerOf(29_999)))).not.toThrow();
  });
});
