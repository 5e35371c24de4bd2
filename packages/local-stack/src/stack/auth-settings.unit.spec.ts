import { describe, expect, it } from '@jest/globals';
import { authSettings, onlyIssuerSigns, withAuth } from './auth-settings.js';

const OWN = 'the own one of this stack, long enough';

describe('authSettings', () => {
  it('is dev where nothing is said, and then holds nothing else', () => {
    expect(authSettings({ JWT_SECRET: 'given' }, OWN)).toEqual({ AUTH_MODE: 'dev' });
    expect(authSettings({ AUTH_MODE: '' }, OWN)).toEqual({ AUTH_MODE: 'dev' });
  });

  it('fills in what is not given under jwt', () => {
    const own = { AUTH_MODE: 'jwt', JWT_SECRET: OWN, JWT_ISSUER: 'fcfs-local', JWT_AUDIENCE: 'fcfs-local' };
    expect(authSettings({ AUTH_MODE: 'jwt', JWT_SECRET: '', JWT_ISSUER: '' }, OWN)).toEqual(own);
    const given = {
      AUTH_MODE: 'jwt',
      JWT_SECRET: 'given',
      JWT_ISSUER: 'i',
      JWT_AUDIENCE: 'a',
      JWT_USER_CLAIM: 'u',
    };
    expect(authSettings(given, OWN)).toEqual(given);
  });

  it('makes nothing up beside the keys of another issuer', () => {
    const auth = authSettings({ AUTH_MODE: 'jwt', JWKS_URL: 'https://issuer.test/jwks' }, OWN);
    expect(auth).toEqual({ AUTH_MODE: 'jwt', JWKS_URL: 'https://issuer.test/jwks' });
    expect(onlyIssuerSigns(auth)).toBe(true);
    expect(onlyIssuerSigns({ AUTH_MODE: 'dev', JWKS_URL: 'https://issuer.test/jwks' })).toBe(false);
  });

  it('replaces all that an environment had of them', () => {
    const inherited = { PATH: '/bin', AUTH_MODE: 'jwt', JWT_SECRET: 'another', JWKS_URL: 'another' };
    expect(JSON.parse(JSON.stringify(withAuth(inherited, { AUTH_MODE: 'dev' })))).toEqual({
      PATH: '/bin',
      AUTH_MODE: 'dev',
    });
  });
});
