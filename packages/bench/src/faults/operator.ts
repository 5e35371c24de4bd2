import { CouponOperator } from '../system/coupon-operator.js';
import type { Answer } from './api-client.js';
import { Crowd } from './crowd.js';
import type { Dice } from './fault-seed.js';
import type { PrivateSystem } from './private-system.js';
import { type Leniency, Testimony } from './testimony.js';
import { until } from './until.js';

export interface Campaign {
  total: number;
  issueMode: 'ASYNC' | 'BOTH';
}

/** Opens a coupon, and gathers the people who want it. */
export async function openCampaign(
  system: PrivateSystem,
  { total, issueMode }: Campaign,
  dice: Dice,
  leniency: Leniency = {},
): Promise<Crowd> {
  const operator = new CouponOperator(new URL(system.api.url));
  const couponId = await operator.openCoupon({ title: 'Faults', totalQuantity: total, issueMode });
  return new Crowd(system.client, couponId, new Testimony(leniency), dice);
}

/** One rebuild of the coupon's gate, whatever is answered. */
export function rebuild(system: PrivateSystem, couponId: number): Promise<Answer> {
  return system.client.call({
    method: 'POST',
    path: `/admin/v1/coupons/${couponId}/rebuild`,
    headers: { 'x-user-id': 'operator', 'x-roles': 'admin' },
  });
}

/** Repeats the rebuild as long as the answer is that it has to be repeated. */
export async function rebuildUntilDone(system: PrivateSystem, couponId: number): Promise<void> {
  await until(`the gate of coupon ${couponId} is rebuilt`, async () => {
    const { status, body } = await rebuild(system, couponId);
    if (status !== 200 && status !== 503)
      throw new Error(`rebuild answered ${status} ${JSON.stringify(body)}`);
    return status === 200;
  });
}
