import { join } from 'node:path';
import { readJson, writeJson } from '../json-file.js';

const DAY_MS = 86_400_000;
const VALID_DAYS = 30;
const REQUEST_WAIT_MS_MAX = 10_000;
const OPERATOR = { 'X-User-Id': 'operator', 'X-Roles': 'admin', 'Content-Type': 'application/json' };

/**
 * The id of an open coupon to try things with: that of an earlier start where it is still open, else a new one.
 * @throws when the API refuses, with its answer
 */
export async function demoCoupon(apiUrl: string, folder: string): Promise<string> {
  const file = join(folder, 'demo-coupon.json');
  const known = readJson<{ id: string }>(file);
  if (known && (await isOpen(apiUrl, known.id))) return known.id;
  const { id } = await call(apiUrl, 'POST', '', newCoupon(Date.now()));
  await call(apiUrl, 'POST', `/${id}/open`);
  writeJson(file, { id });
  return String(id);
}

function newCoupon(nowMs: number) {
  return {
    title: 'Demo: the first 100 get 1000 off',
    type: 'FIRST_COME_FIRST_SERVED',
    totalQuantity: 100,
    discount: { kind: 'FIXED', value: 1000 },
    currency: 'USD',
    minOrderAmount: 0,
    issueStartsAt: new Date(nowMs - 60_000).toISOString(),
    issueEndsAt: new Date(nowMs + VALID_DAYS * DAY_MS).toISOString(),
    validForDays: VALID_DAYS,
    issueMode: 'BOTH',
  };
}

async function isOpen(apiUrl: string, id: string): Promise<boolean> {
  try {
    const { state, issueEndsAt } = await call(apiUrl, 'GET', `/${id}`);
    return state === 'OPEN' && new Date(String(issueEndsAt)).getTime() > Date.now();
  } catch {
    return false;
  }
}

async function call(
  apiUrl: string,
  method: string,
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
