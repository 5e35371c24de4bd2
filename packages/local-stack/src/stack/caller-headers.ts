import type { AuthSettings } from './auth-settings.js';
import { signToken } from './sign-token.js';

export interface LocalCaller {
  userId: string;
  roles: readonly string[];
}

/**
 * What a request carries to be this caller's: a token that is signed now, or the headers of `AUTH_MODE=dev`.
 * @throws where only the issuer can sign
 */
export function callerHeaders(
  auth: AuthSettings,
  { userId, roles }: LocalCaller,
  validForS: number,
): Record<string, string> {
  if (auth.AUTH_MODE !== 'jwt') {
    return { 'X-User-Id': userId, ...(roles.length > 0 ? { 'X-Roles': roles.join(',') } : {}) };
  }
  if (!auth.JWT_SECRET) throw new Error('Only the issuer behind JWKS_URL can sign a token');
  const nowS = Math.floor(Date.now() / 1_000);
  const claims = {
    iss: auth.JWT_ISSUER,
    aud: auth.JWT_AUDIENCE,
    iat: nowS,
    exp: nowS + validForS,
    [auth.JWT_USER_CLAIM ?? 'sub']: userId,
    ...(roles.length > 0 ? { roles } : {}),
  };
  return { Authorization: `Bearer ${signToken(claims, auth.JWT_SECRET)}` };
}
