import { count } from '../rush/number-format.js';
import { OtherRows } from '../system/other-rows.js';
import { rateSample } from './against-bare-route.js';
import { GROWTH_ROUNDS_MAX, GROWTH_TIMES } from './growth.js';
import type { Measurement } from './measurement.js';
import type { Workbench } from './workbench.js';

/** V1, which reads and writes the table of issues for every request, beside ten times as many rows of other coupons. */
export const measureGrowthRows: Measurement = {
  roundsMax: GROWTH_ROUNDS_MAX,

  async prepare(bench) {
    await bench.warmUpDoor('v1');
  },

  async round(bench, seed) {
    const others = await OtherRows.connect(bench.environment.mysqlUrl);
    try {
      await others.fillUpTo(bench.options.rows, await bench.openCoupon('v1', 1));
      const rows = await others.count();
      const few = await loadV1(bench, seed);
      await others.fillUpTo(rows * GROWTH_TIMES, await bench.openCoupon('v1', 1));
      bench.out.write(`growth-rows: ${count(rows)} rows, then ${count(await others.count())}\n`);
      const many = await loadV1(bench, seed);
      return {
        samples: [rateSample('growth-rows', many.phase, few.phase)],
        checks: [...few.checks, ...many.checks],
      };
    } finally {
      await others.remove();
    }
  },
};

async function loadV1(bench: Workbench, seed: number) {
  const plan = bench.usersInTurn(seed);
  const couponId = await bench.openCoupon('v1', plan.length);
  const phase = await bench.loadDoor('v1', couponId, plan);
  return { phase, checks: await bench.checkDoor('v1', couponId, plan.length, phase) };
}
