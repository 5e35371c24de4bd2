import { createVerifier, TOKEN_ERROR_CODES } from 'fast-jwt';
import { tokenRefused } from './bearer-token.js';

/** For clocks that differ between this machine and the issuer's. */
export const CLOCK_TOLERANCE_MS = 5_000;
/** Of one public key. A token takes about 1 KB; beyond that number the ones not seen for longest are forgotten. */
const REMEMBERED_TOKENS_MAX = 10_000;

export type SigningAlgorithm = 'HS256' | 'RS256' | 'ES256' | 'EdDSA';

/** What every token has to say, whatever key has signed it. */
export interface TokenRules {
  issuer: string;
  audience: string;
}

export type Claims = Readonly<Record<string, unknown>>;

/** The claims of a token that is good at this moment. Throws `RequestRefused`. */
export type VerifyToken = (token: string) => Claims;

/**
 * Tokens of one key and one algorithm: any other algorithm is refused, whatever the token says of itself.
 *
 * Tokens that a public key has verified are remembered, since finding one again costs a small part of checking a
 * signature. That makes none of them last longer: one that is remembered is looked at by the clock each time, by the
 * same `nbf` and `exp` with the same tolerance. Refused tokens are never answered from memory. With a shared secret,
 * verifying anew costs no more than remembering.
 */
export function tokenVerifier(key: string, algorithm: SigningAlgorithm, rules: TokenRules): VerifyToken {
  const verify = createVerifier({
    key,
    algorithms: [algorithm],
    allowedIss: rules.issuer,
    allowedAud: rules.audience,
    requiredClaims: ['iss', 'aud', 'exp'],
    clockTolerance: CLOCK_TOLERANCE_MS,
    cache: algorithm === 'HS256' ? false : REMEMBERED_TOKENS_MAX,
    errorCacheTTL: () => Number.NEGATIVE_INFINITY,
  });
  return (token) => {
    try {
      return verify(token);
    } catch (cause) {
      const { code } = cause as { code?: unknown };
      throw tokenRefused(code === TOKEN_ERROR_CODES.expired ? 'expired' : 'not valid');
    }
  };
}
