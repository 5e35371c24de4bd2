import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export const REQUEST_ID_HEADER = 'x-request-id';

const PRINTABLE = /^[\x20-\x7e]{1,128}$/;

/** The client's own `X-Request-Id` where it can be echoed as it is, else a fresh one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && PRINTABLE.test(given) ? given : randomUUID();
}
