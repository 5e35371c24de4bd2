import { RequestRefused } from '../http/problem.js';

/** Far above any token that fits its purpose; the server's limit of all headers together lies at 16 KiB. */
const HEADER_CHARACTERS_MAX = 8_192;

/** Three parts in base64url; one without a signature does not match. */
const BEARER = /^Bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i;

/** The token of `Authorization: Bearer …`. Throws `RequestRefused`. */
export function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined || !/^Bearer( |$)/i.test(authorization)) {
    // RFC 6750: who showed no token is not told of an error in it.
    throw new RequestRefused('UNAUTHENTICATED', 'The request shows no bearer token.', 'Bearer');
  }
  const token = authorization.length <= HEADER_CHARACTERS_MAX ? BEARER.exec(authorization)?.[1] : undefined;
  if (token === undefined) throw tokenRefused('not valid');
  return token;
}

/** Says no more than this of the reason: what exactly is wrong helps forgers only. */
export function tokenRefused(reason: 'not valid' | 'expired'): RequestRefused {
  const detail = reason === 'expired' ? 'The token has expired.' : 'The token is not valid.';
  return new RequestRefused('UNAUTHENTICATED', detail, 'Bearer error="invalid_token"');
}
