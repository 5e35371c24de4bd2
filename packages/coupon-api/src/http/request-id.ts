import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export const REQUEST_ID_HEADER = 'x-request-id';

const PRINTABLE = /^[\x20-\x7e]{1,128}$/;

/** Tells this process from all others, so that a number is enough to tell its requests apart. */
const PROCESS = randomBytes(9).toString('base64url');
let made = 0;

/** Made for nearly every request, so it costs no random bytes of its own. */
export function freshRequestId(): string {
  made += 1;
  return `${PROCESS}.${made}`;
}

/** The client's own `X-Request-Id` where it can be echoed as it is, else a fresh one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && PRINTABLE.test(given) ? given : freshRequestId();
}
