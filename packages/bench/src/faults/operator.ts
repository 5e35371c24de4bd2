import { namedCallers } from '../load/credentials.js';
import { CouponOperator } from '../system/coupon-operator.js';
import type { ApiClient } from './api-client.js';
import { Crowd } from './crowd.js';
import type { Dice } from './fault-seed.js';
import type { PrivateSystem } from './private-system.js';
import { type Leniency, Testimony } from './testimony.js';
import { until } from './until.js';

export interface Campaign {
  total: number;
  issueMode: 'SYNC' | 'ASYNC' | 'BOTH';
  /** By default at the gate. */
  admission?: 'QUEUE';
}

/** Opens a coupon, and gathers the people who want it. */
export async function openCampaign(
  system: PrivateSystem,
  { total, ...ways }: Campaign,
  dice: Dice,
  leniency: Leniency = {},
): Promise<Crowd> {
  const operator = new CouponOperator(new URL(system.api.url), namedCallers);
  const couponId = await operator.openCoupon({ title: 'Faults', totalQuantity: total, ...ways });
  return new Crowd(system.client, couponId, new Testimony(leniency), dice);
}

/**
 * One rebuild of the coupon's gate: OVERTAKEN where another one came in between, REPEAT where it takes longer than an
 * answer may, or where nothing is known about it.
 * @throws on any other answer
 */
export async function rebuild(client: ApiClient, couponId: number): Promise<'DONE' | 'OVERTAKEN' | 'REPEAT'> {
  const { status, body, retryAfter, fault } = await client.call({
    method: 'POST',
    path: `/admin/v1/coupons/${couponId}/rebuild`,
    headers: namedCallers.operatorHeaders,
  });
  if (status === 200) return 'DONE';
  if (status === 202 || (status === 503 && retryAfter !== null)) return 'REPEAT';
  if (status === 409 && body.code === 'REBUILD_OVERTAKEN') return 'OVERTAKEN';
  throw new Error(`The rebuild was answered ${status} ${JSON.stringify(body)} ${fault ?? ''}`);
}

export async function rebuildUntilDone({ client }: PrivateSystem, couponId: number): Promise<void> {
  await until(`the gate of coupon ${couponId} is rebuilt`, async () => {
    return (await rebuild(client, couponId)) === 'DONE';
  });
}
