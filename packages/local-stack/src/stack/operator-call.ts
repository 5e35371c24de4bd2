import { callerHeaders } from './caller-headers.js';
import { firstApiUrl, type RunningStack } from './stack-state.js';

const REQUEST_WAIT_MS_MAX = 10_000;
const OPERATOR = { userId: 'operator', roles: ['admin'] };
/** Signed anew for each call. */
const TOKEN_VALID_FOR_S = 60;

/**
 * One of the operator's calls, by its path behind `/admin/v1/coupons`.
 * @throws when the API refuses, with its answer
 */
export async function operatorCall(
  running: RunningStack,
  method: 'GET' | 'POST',
  path: string,
  body: object = {},
): Promise<Record<string, unknown>> {
  const answer = await fetch(`${firstApiUrl(running)}/admin/v1/coupons${path}`, {
    method,
    headers: {
      'Content-Type': 'application/json',
      ...callerHeaders(running.auth, OPERATOR, TOKEN_VALID_FOR_S),
    },
    body: method === 'GET' ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(REQUEST_WAIT_MS_MAX),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} /admin/v1/coupons${path} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}
