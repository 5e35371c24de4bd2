import { BaselineRedis } from '../baselines/baseline-redis.js';
import { type Check, verdict } from '../rush/check-exactness.js';
import { DOORS } from '../rush/doors.js';
import { againstBareRoute, rateSample, warmUpBareRoute } from './against-bare-route.js';
import type { Phase } from './load-phase.js';
import type { Measurement } from './measurement.js';
import { WARM_UP_SECONDS, type Workbench } from './workbench.js';

const SCRIPT = 'one-script-per-request';

/** The winning path alone: everybody is admitted, and the consumer is held so that it takes nothing from the cores. */
export const measureV2Admit: Measurement = {
  async prepare(bench) {
    bench.requireConsumers();
    await warmUpBareRoute(bench);
    await bench.warmUpDoor('v2');
    await loadScript(bench, 0, bench.usersInTurn(bench.options.seed), WARM_UP_SECONDS);
  },

  async round(bench, seed) {
    const plan = bench.usersInTurn(seed);
    const bare = await bench.loadBaseline('bare-route', plan);
    const couponId = await bench.openCoupon('v2', plan.length);
    const script = await loadScript(bench, couponId, plan, bench.options.seconds);
    const ours = await bench.withoutConsumer(() => bench.loadDoor('v2', couponId, plan));
    const checks = await bench.checkDoor('v2', couponId, plan.length, ours);
    return {
      samples: [
        ...againstBareRoute('v2-admit', 'v2-admit-cpu', ours, bare),
        rateSample('v2-admit-script', ours, script.phase),
      ],
      checks: [...checks, script.check],
    };
  },
};

async function loadScript(
  bench: Workbench,
  couponId: number,
  plan: Uint32Array,
  seconds: number,
): Promise<{ phase: Phase; check: Check }> {
  const redis = new BaselineRedis(bench.environment.gateRedisUrl);
  try {
    await redis.openCoupon(couponId, plan.length);
    const phase = await bench.loadBaseline(SCRIPT, plan, DOORS.v2.path(couponId), seconds);
    const counts = await redis.readCounts(couponId);
    return { phase, check: claimsAddUp(phase.log.usersWithClaim, counts) };
  } finally {
    await redis.removeCoupon(couponId);
    redis.close();
  }
}

/** A baseline that gives wrong answers fast would be a yardstick for nothing. */
function claimsAddUp(
  accepted: number,
  { tickets, claims, queued }: { tickets: number; claims: number; queued: number },
): Check {
  const same = tickets === accepted && claims === accepted && queued === accepted;
  const found = `${accepted} accepted, ${tickets} tickets, ${claims} claims, ${queued} queued`;
  return verdict('the baseline is exact', same ? [] : [found], found);
}
