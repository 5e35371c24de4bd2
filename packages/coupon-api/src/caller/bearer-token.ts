import { RequestRefused } from '../http/problem.js';

/** Far above any token that fits its purpose; the server's limit of all headers together lies at 16 KiB. */
const HEADER_CHARACTERS_MAX = 8_192;

const SCHEME = /^Bearer(?= |$)/i;

/**
 * What follows `Authorization: Bearer`, whose form is for the verifier to judge; throws `RequestRefused` where there is
 * no such header.
 */
export function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined || !SCHEME.test(authorization)) {
    // RFC 6750: who showed no token is not told of an error in it.
    throw new RequestRefused('UNAUTHENTICATED', 'The request shows no bearer token.', 'Bearer');
  }
  if (authorization.length > HEADER_CHARACTERS_MAX) throw tokenRefused('not valid');
  return authorization.slice('Bearer '.length).trimStart();
}

/** Says no more than this of the reason: what exactly is wrong helps forgers only. */
export function tokenRefused(reason: 'not valid' | 'expired'): RequestRefused {
  const detail = reason === 'expired' ? 'The token has expired.' : 'The token is not valid.';
  return new RequestRefused('UNAUTHENTICATED', detail, 'Bearer error="invalid_token"');
}
