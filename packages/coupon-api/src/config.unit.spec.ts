import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { readConfig } from './config.js';

const NEEDED = {
  MYSQL_URL: 'mysql://root@127.0.0.1:3306/fcfs',
  REDIS_URL: 'redis://127.0.0.1:6379',
  RECEIPT_SECRET: 'sixteen characters',
};

describe('readConfig', () => {
  it('has defaults for all that is not about servers and secrets', () => {
    const config = readConfig(NEEDED);
    expect(config).toMatchObject({ host: '127.0.0.1', port: 8080, logLevel: 'info' });
    expect(config.core.mysql.url).toBe(NEEDED.MYSQL_URL);
  });

  it('cannot be changed afterwards', () => {
    const config = readConfig(NEEDED);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.core)).toBe(true);
  });

  it('names every fault at once, also those of a combination', () => {
    const faulty = { COUPON_API_PORT: '0', LOG_LEVEL: 'loud', NODE_ENV: 'production' };
    const read = () => readConfig(faulty);
    for (const name of [
      'MYSQL_URL',
      'REDIS_URL',
      'RECEIPT_SECRET',
      'COUPON_API_PORT',
      'LOG_LEVEL',
      'AUTH_MODE',
    ]) {
      expect(read).toThrow(new RegExp(`^ {2}${name}: `, 'm'));
    }
  });

  it('refuses AUTH_MODE=dev in production, and what is no mode', () => {
    expect(readConfig(NEEDED).auth).toEqual({ mode: 'dev' });
    expect(() => readConfig({ ...NEEDED, AUTH_MODE: 'none' })).toThrow(/^ {2}AUTH_MODE: /m);
    expect(() => readConfig({ ...NEEDED, NODE_ENV: 'production' })).toThrow(/AUTH_MODE: dev is refused/);
    expect(() => readConfig({ ...NEEDED, NODE_ENV: 'test' })).not.toThrow();
  });

  it('has the compatibility calls where callers are believed, and where an operator has said so', () => {
    const JWT = { AUTH_MODE: 'jwt', JWT_SECRET: 'k3x-0123456789-ABCDEFGHIJKLMNOPQ', JWT_ISSUER: 'i' };
    const having = (env: NodeJS.ProcessEnv) =>
      readConfig({ ...NEEDED, JWT_AUDIENCE: 'a', ...env }).compatibility;
    expect([having({}), having({ COMPAT_API: 'false' })]).toEqual([true, true]);
    expect([undefined, '', 'false', 'true'].map((COMPAT_API) => having({ ...JWT, COMPAT_API }))).toEqual([
      false,
      false,
      false,
      true,
    ]);
    expect(() => having({ COMPAT_API: 'yes' })).toThrow(/^ {2}COMPAT_API: /m);
  });

  describe('with AUTH_MODE=jwt', () => {
    const JWT_SECRET = 'k3x-0123456789-ABCDEFGHIJKLMNOPQ';
    const JWKS_URL = 'https://issuer.test/jwks';
    const JWT = { ...NEEDED, AUTH_MODE: 'jwt', JWT_ISSUER: 'https://issuer.test', JWT_AUDIENCE: 'coupons' };
    const production = { NODE_ENV: 'production', RECEIPT_SECRET: 'Qm8-Zr4_Wt1.Xy6:' };
    const reading = (env: NodeJS.ProcessEnv) => () => readConfig({ ...JWT, ...env });

    it('takes a secret or the address of keys', () => {
      const rules = { issuer: 'https://issuer.test', audience: 'coupons' };
      expect(readConfig({ ...JWT, ...production, JWT_SECRET }).auth).toEqual({
        mode: 'jwt',
        key: { secret: JWT_SECRET },
        rules,
        userClaim: 'sub',
      });
      const given = { ...JWT, ...production, JWKS_URL, JWT_SECRET: '', JWT_USER_CLAIM: 'uid' };
      expect(readConfig(given).auth).toEqual({
        mode: 'jwt',
        key: { jwksUrl: JWKS_URL },
        rules,
        userClaim: 'uid',
      });
    });

    it('takes exactly one of them', () => {
      expect(reading({})).toThrow(/JWT_SECRET: exactly one/);
      expect(reading({ JWT_SECRET: '', JWKS_URL: '' })).toThrow(/JWT_SECRET: exactly one/);
      expect(reading({ JWT_SECRET, JWKS_URL })).toThrow(/JWT_SECRET: exactly one/);
    });

    it('needs an issuer and an audience, and reports all faults together, but no secret', () => {
      const faulty = { JWT_SECRET: 'short', JWT_ISSUER: '', JWT_AUDIENCE: undefined, LOG_LEVEL: 'loud' };
      for (const name of ['JWT_SECRET', 'JWT_ISSUER', 'JWT_AUDIENCE', 'LOG_LEVEL']) {
        expect(reading(faulty)).toThrow(new RegExp(`^ {2}${name}: `, 'm'));
      }
      expect(reading(faulty)).not.toThrow(/short/);
    });

    it('counts the bytes of a secret', () => {
      expect(reading({ JWT_SECRET: JWT_SECRET.slice(1) })).toThrow(/JWT_SECRET: has to have at least 32/);
      expect(reading({ JWT_SECRET: 'äöüß'.repeat(4) })).not.toThrow();
    });

    it.each([
      '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----',
      ' -----BEGIN CERTIFICATE-----\nMCowBQYDK2VwAyEA\n-----END CERTIFICATE-----',
      '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}',
      '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}',
    ])('takes no key that everybody can read as a secret: %.20s', (secret) => {
      expect(reading({ JWT_SECRET: secret })).toThrow(/JWT_SECRET: must not be a key of a pair/);
    });

    it.each([
      'change-me-change-me-change-me-change-me',
      'my-secret-my-key-my-token-my-words',
      'a'.repeat(64),
      'abcabcabcabcabcabcabcabcabcabcabcabc',
    ])('takes no placeholder in production: %s', (secret) => {
      expect(reading({ JWT_SECRET: secret })).not.toThrow();
      expect(reading({ ...production, JWT_SECRET: secret })).toThrow(/JWT_SECRET: looks like a placeholder/);
      const receipt = { ...production, JWT_SECRET, RECEIPT_SECRET: `${production.RECEIPT_SECRET},${secret}` };
      expect(reading(receipt)).toThrow(/RECEIPT_SECRET: looks like a placeholder/);
    });

    it('takes a random secret in any notation', () => {
      for (let n = 0; n < 200; n += 1) {
        for (const notation of ['hex', 'base64', 'base64url'] as const) {
          const secret = randomBytes(32).toString(notation);
          expect(reading({ ...production, JWT_SECRET: secret, RECEIPT_SECRET: secret })).not.toThrow();
        }
      }
    });

    it('fetches keys from a web address, encrypted in production, and shows no password there', () => {
      expect(reading({ JWKS_URL: 'http://127.0.0.1:9/jwks' })).not.toThrow();
      expect(reading({ ...production, JWKS_URL: 'http://127.0.0.1:9/jwks' })).toThrow(/^ {2}JWKS_URL: /m);
      for (const address of ['jwks', 'file:///etc/keys', 'https://a:b@issuer.test/jwks']) {
        expect(reading({ JWKS_URL: address })).toThrow(/^ {2}JWKS_URL: /m);
      }
    });

    it('does not look at them in the mode dev', () => {
      const given = { ...NEEDED, JWT_SECRET: 'short', JWKS_URL: 'nowhere' };
      expect(readConfig(given).auth).toEqual({ mode: 'dev' });
    });
  });
});
