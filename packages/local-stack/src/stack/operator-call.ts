const REQUEST_WAIT_MS_MAX = 10_000;
const OPERATOR = { 'X-User-Id': 'operator', 'X-Roles': 'admin', 'Content-Type': 'application/json' };

/**
 * One of the operator's calls, by its path behind `/admin/v1/coupons`.
 * @throws when the API refuses, with its answer
 */
export async function operatorCall(
  apiUrl: string,
  method: 'GET' | 'POST',
  path: string,
  body: object = {},
): Promise<Record<string, unknown>> {
  const answer = await fetch(`${apiUrl}/admin/v1/coupons${path}`, {
    method,
    headers: OPERATOR,
    body: method === 'GET' ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(REQUEST_WAIT_MS_MAX),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} /admin/v1/coupons${path} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}
