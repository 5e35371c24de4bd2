import type { Caller, Callers } from '../caller/callers.js';
import type { RequestRefused } from '../http/problem.js';

/** Who a token makes its bearer, or with what it is refused. */
export type Judged =
  | { userId: string; roles: string[] }
  | { code: string; detail: string; challenge: string };

export const NOT_VALID = {
  code: 'UNAUTHENTICATED',
  detail: 'The token is not valid.',
  challenge: 'Bearer error="invalid_token"',
};
export const EXPIRED = { ...NOT_VALID, detail: 'The token has expired.' };
export const UNAVAILABLE = { code: 'UNAVAILABLE' };

/** What is thrown and what is rejected reads the same. */
export async function judged(callers: Callers, authorization: string | undefined): Promise<Judged> {
  try {
    const { userId, roles }: Caller = await callers.callerOf({ authorization });
    return { userId, roles: [...roles].sort() };
  } catch (cause) {
    const { code, detail, challenge } = cause as RequestRefused;
    return JSON.parse(JSON.stringify({ code, detail, challenge }));
  }
}

export const bearing = (callers: Callers, token: string): Promise<Judged> =>
  judged(callers, `Bearer ${token}`);
