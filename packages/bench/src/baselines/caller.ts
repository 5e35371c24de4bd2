import type { IncomingHttpHeaders } from 'node:http';

const USER_ID = /^[A-Za-z0-9._:|@-]{1,64}$/;

/** The same check of the caller as the system's; null: nobody. */
export function callerOf(headers: IncomingHttpHeaders): string | null {
  const userId = headers['x-user-id'];
  return typeof userId === 'string' && USER_ID.test(userId) ? userId : null;
}
