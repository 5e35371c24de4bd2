import { rateSample } from './against-bare-route.js';
import { GROWTH_ROUNDS_MAX, GROWTH_TIMES } from './growth.js';
import type { Measurement } from './measurement.js';
import { everybody, type Workbench } from './workbench.js';

const USERS = 200_000;

/** V2's winning path from the first to the last of ten times as many users who ask for one coupon. */
export const measureGrowthUsers: Measurement = {
  roundsMax: GROWTH_ROUNDS_MAX,

  async prepare(bench) {
    await bench.warmUpDoor('v2');
  },

  async round(bench, seed) {
    const users = bench.options.users ?? USERS;
    const few = await loadUsers(bench, Math.ceil(users / GROWTH_TIMES), seed);
    const many = await loadUsers(bench, users, seed);
    return {
      samples: [rateSample('growth-users', many.phase, few.phase)],
      checks: [...few.checks, ...many.checks],
    };
  },
};

async function loadUsers(bench: Workbench, users: number, seed: number) {
  const plan = everybody(users, seed);
  const couponId = await bench.openCoupon('v2', users);
  const phase = await bench.loadDoor('v2', couponId, plan, null);
  return { phase, checks: await bench.checkDoor('v2', couponId, users, phase) };
}
