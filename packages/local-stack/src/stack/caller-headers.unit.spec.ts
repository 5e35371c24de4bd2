import { describe, expect, it } from '@jest/globals';
import { authSettings } from './auth-settings.js';
import { callerHeaders } from './caller-headers.js';

const ADMIN = { userId: 'operator', roles: ['admin'] };
const USER = { userId: '42', roles: [] };
const SECRET = 'Zx81-0123456789-abcdefghijklmnop';

function claimsOf({ Authorization }: Record<string, string>): Record<string, unknown> {
  const [, claims] = Authorization!.slice('Bearer '.length).split('.');
  return JSON.parse(Buffer.from(claims!, 'base64url').toString());
}

describe('callerHeaders', () => {
  it('names the caller under AUTH_MODE=dev', () => {
    expect(callerHeaders({ AUTH_MODE: 'dev' }, ADMIN, 60)).toEqual({
      'X-User-Id': 'operator',
      'X-Roles': 'admin',
    });
    expect(callerHeaders({ AUTH_MODE: 'dev' }, USER, 60)).toEqual({ 'X-User-Id': '42' });
  });

  it('makes a token for issuer, audience, time and roles under AUTH_MODE=jwt', () => {
    const auth = authSettings({ AUTH_MODE: 'jwt' }, SECRET);
    const claims = claimsOf(callerHeaders(auth, ADMIN, 60));
    const iat = Number(claims.iat);
    expect(claims).toEqual({
      iss: 'fcfs-local',
      aud: 'fcfs-local',
      iat,
      exp: iat + 60,
      sub: 'operator',
      roles: ['admin'],
    });
    expect(claimsOf(callerHeaders(auth, USER, 60))).not.toHaveProperty('roles');
  });

  it('names the user by the claim that the setting says', () => {
    const auth = authSettings({ AUTH_MODE: 'jwt', JWT_USER_CLAIM: 'uid' }, SECRET);
    expect(claimsOf(callerHeaders(auth, USER, 60)).uid).toBe('42');
  });

  it('refuses where only the issuer can sign', () => {
    const auth = authSettings({ AUTH_MODE: 'jwt', JWKS_URL: 'https://issuer.test/jwks' }, SECRET);
    expect(() => callerHeaders(auth, USER, 60)).toThrow('JWKS_URL');
  });
});
