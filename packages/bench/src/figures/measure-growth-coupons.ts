import type { Check } from '../rush/check-exactness.js';
import { rateSample } from './against-bare-route.js';
import { GROWTH_ROUNDS_MAX, GROWTH_TIMES } from './growth.js';
import type { Measurement } from './measurement.js';
import type { Workbench } from './workbench.js';

const COUPONS = 10;

/** V2's winning path, with the load spread over ten times as many coupons that are open at once. */
export const measureGrowthCoupons: Measurement = {
  roundsMax: GROWTH_ROUNDS_MAX,

  async prepare(bench) {
    await bench.warmUpDoor('v2');
  },

  async round(bench, seed) {
    const few = await loadCoupons(bench, COUPONS, seed);
    const many = await loadCoupons(bench, COUPONS * GROWTH_TIMES, seed);
    return {
      samples: [rateSample('growth-coupons', many.phase, few.phase)],
      checks: [...few.checks, ...many.checks],
    };
  },
};

async function loadCoupons(bench: Workbench, coupons: number, seed: number) {
  const plan = bench.usersInTurn(seed);
  const total = Math.ceil(plan.length / coupons);
  const couponIds: number[] = [];
  while (couponIds.length < coupons) couponIds.push(await bench.openCoupon('v2', total));
  const phase = await bench.loadCoupons('v2', couponIds, plan);
  const checks: Check[] = [];
  for (const [index, log] of phase.log.ofEachCoupon(coupons).entries()) {
    checks.push(...(await bench.checkDoor('v2', couponIds[index]!, total, { ...phase, log })));
  }
  return { phase, checks };
}
