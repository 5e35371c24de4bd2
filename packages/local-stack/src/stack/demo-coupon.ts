import { join } from 'node:path';
import { readJson, writeJson } from '../json-file.js';
import { operatorCall } from './operator-call.js';
import type { RunningStack } from './stack-state.js';

const DAY_MS = 86_400_000;
const VALID_DAYS = 30;

/**
 * The id of an open coupon to try things with: that of an earlier start where it is still open, else a new one.
 * @throws when the API refuses, with its answer
 */
export async function demoCoupon(running: RunningStack, folder: string): Promise<string> {
  const file = join(folder, 'demo-coupon.json');
  const known = readJson<{ id: string }>(file);
  if (known && (await isOpen(running, known.id))) return known.id;
  const { id } = await operatorCall(running, 'POST', '', newCoupon(Date.now()));
  await operatorCall(running, 'POST', `/${id}/open`);
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

async function isOpen(running: RunningStack, id: string): Promise<boolean> {
  try {
    const { state, issueEndsAt } = await operatorCall(running, 'GET', `/${id}`);
    return state === 'OPEN' && new Date(String(issueEndsAt)).getTime() > Date.now();
  } catch {
    return false;
  }
}
