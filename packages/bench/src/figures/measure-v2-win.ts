import { againstBareRoute, warmUpBareRoute } from './against-bare-route.js';
import type { Measurement } from './measurement.js';

/** The winning path while the consumer writes into MySQL on the same cores. */
export const measureV2Win: Measurement = {
  async prepare(bench) {
    await warmUpBareRoute(bench);
    await bench.warmUpDoor('v2');
  },

  async round(bench, seed) {
    const plan = bench.usersInTurn(seed);
    const bare = await bench.loadBaseline('bare-route', plan);
    const couponId = await bench.openCoupon('v2', plan.length);
    const ours = await bench.loadDoor('v2', couponId, plan);
    const checks = await bench.checkDoor('v2', couponId, plan.length, ours);
    return { samples: againstBareRoute('v2-win', 'v2-win-cpu', ours, bare), checks };
  },
};
