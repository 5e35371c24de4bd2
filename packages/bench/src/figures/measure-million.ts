import { count } from '../rush/number-format.js';
import { rateSample, warmUpBareRoute } from './against-bare-route.js';
import type { Measurement } from './measurement.js';
import { everybody } from './workbench.js';

const USERS = 1_000_000;
const KIBIBYTES_PER_MEBIBYTE = 1_024;

/** One campaign from its first request to its last: a million people, each of whom asks once for one of a few units. */
export const measureMillion: Measurement = {
  roundsMax: 1,

  async prepare(bench) {
    await warmUpBareRoute(bench);
    await bench.warmUpDoor('v2');
  },

  async round(bench, seed) {
    const { total } = bench.options;
    const plan = everybody(bench.options.users ?? USERS, seed);
    bench.out.write(`million: ${count(plan.length)} users at the bare route\n`);
    const bare = await bench.loadBaseline('bare-route', plan, undefined, null);
    bench.out.write(`million: ${count(plan.length)} users at V2, for ${count(total)} units\n`);
    const couponId = await bench.openCoupon('v2', total);
    const ours = await bench.loadDoor('v2', couponId, plan, null);
    const checks = await bench.checkDoor('v2', couponId, total, ours);
    const generatorMiB = process.resourceUsage().maxRSS / KIBIBYTES_PER_MEBIBYTE;
    bench.out.write(`million: the generator took ${count(generatorMiB)} MiB of memory at most\n`);
    return { samples: [rateSample('million', ours, bare)], checks };
  },
};
