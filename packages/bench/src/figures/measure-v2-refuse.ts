import { type Check, verdict } from '../rush/check-exactness.js';
import { againstBareRoute, warmUpBareRoute } from './against-bare-route.js';
import type { Phase } from './load-phase.js';
import type { Measurement } from './measurement.js';
import { everybody } from './workbench.js';

const UNITS = 100;

/** Sold out before the clock starts: every measured answer is a refusal. */
export const measureV2Refuse: Measurement = {
  async prepare(bench) {
    await warmUpBareRoute(bench);
    await bench.warmUpDoor('v2');
  },

  async round(bench, seed) {
    const plan = bench.usersInTurn(seed);
    const bare = await bench.loadBaseline('bare-route', plan);
    const couponId = await bench.openCoupon('v2', UNITS);
    const winners = await bench.loadDoor('v2', couponId, everybody(UNITS, seed), null);
    await bench.settle(couponId, winners);
    // Whoever holds a coupon would be shown it again.
    const others = plan.filter((user) => user >= UNITS);
    const ours = await bench.loadDoor('v2', couponId, others);
    const checks = await bench.checkDoor('v2', couponId, UNITS, winners);
    return {
      samples: againstBareRoute('v2-refuse', 'v2-refuse-cpu', ours, bare),
      checks: [...checks, everybodyRefused(ours)],
    };
  },
};

export function everybodyRefused({ log }: Phase): Check {
  const wrong = [...log.faults].map(([fault, times]) => `${times} × ${fault}`);
  if (log.usersWithClaim > 0) wrong.push(`${log.usersWithClaim} users were given a claim`);
  return verdict(
    'every request after the last unit answered "sold out"',
    wrong,
    `${log.soldOutCount} requests`,
  );
}
