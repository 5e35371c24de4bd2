import type { IncomingHttpHeaders } from 'node:http';
import { createVerifier } from 'fast-jwt';

const USER_ID = /^[A-Za-z0-9._:|@-]{1,64}$/;
const CLOCK_TOLERANCE_MS = 5_000;
const BEARER = 'Bearer ';

/** The same check of the caller as the system's, in the mode that it runs in; null: nobody. */
export const callerOf: (headers: IncomingHttpHeaders) => string | null =
  process.env.AUTH_MODE === 'jwt' ? callerByToken() : callerByName;

function callerByName(headers: IncomingHttpHeaders): string | null {
  return userIdOf(headers['x-user-id']);
}

function callerByToken() {
  const verify = createVerifier({
    key: process.env.JWT_SECRET!,
    algorithms: ['HS256'],
    allowedIss: process.env.JWT_ISSUER!,
    allowedAud: process.env.JWT_AUDIENCE!,
    requiredClaims: ['iss', 'aud', 'exp'],
    clockTolerance: CLOCK_TOLERANCE_MS,
    cache: false,
  });
  return ({ authorization }: IncomingHttpHeaders): string | null => {
    if (!authorization?.startsWith(BEARER)) return null;
    try {
      return userIdOf(verify(authorization.slice(BEARER.length)).sub);
    } catch {
      return null;
    }
  };
}

const userIdOf = (given: unknown): string | null =>
  typeof given === 'string' && USER_ID.test(given) ? given : null;
