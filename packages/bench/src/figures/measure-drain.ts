import { BaselineTables } from '../baselines/baseline-tables.js';
import { userIdOf } from '../load/request-plan.js';
import { perRequest } from './load-phase.js';
import type { Measurement } from './measurement.js';
import { everybody, type Workbench } from './workbench.js';

/** A queue of so many claims for each second asked for; what a machine of this size drains in about one. */
const ROWS_PER_SECOND = 20_000;
/** As many as the consumer settles in one transaction by default. */
const BATCH_ROWS = 1_000;

/** From a full queue and a held consumer until the last row is committed, against the driver's plain inserts. */
export const measureDrain: Measurement = {
  async prepare(bench) {
    bench.requireConsumers();
    await bench.warmUpDoor('v2');
    await insertRaw(bench, 0, everybody(ROWS_PER_SECOND, bench.options.seed));
  },

  async round(bench, seed) {
    const plan = planOfDrain(bench, seed);
    const couponId = await bench.openCoupon('v2', plan.length);
    const baseline = await insertRaw(bench, couponId, plan);
    const { rowsPerSecond, cpuPerRow, checks } = await drainFull(bench, couponId, plan);
    return { samples: [{ figure: 'drain', ours: rowsPerSecond, baseline, oursCpu: cpuPerRow }], checks };
  },
};

export function planOfDrain(bench: Workbench, seed: number): Uint32Array {
  return everybody(bench.options.seconds * ROWS_PER_SECOND, seed);
}

/** Fills the queue of a coupon while nobody reads it, and then lets it be drained. */
export async function drainFull(bench: Workbench, couponId: number, plan: Uint32Array) {
  const before = await bench.system.cpuMicrosOfEach();
  const { filled, admitted } = await bench.withoutConsumer(async () => ({
    filled: await bench.loadDoor('v2', couponId, plan, null),
    admitted: await bench.system.servingCpuMicrosOfEach(),
  }));
  const startedAt = performance.now();
  const { persistedAfterMs } = await bench.settle(couponId, { ...filled, lastAnswerAt: startedAt });
  const after = await bench.system.cpuMicrosOfEach();
  const checks = await bench.checkDoor('v2', couponId, plan.length, filled);
  const rows = filled.log.usersWithClaim;
  return {
    rowsPerSecond: (rows * 1_000) / (persistedAfterMs ?? Number.POSITIVE_INFINITY),
    cpuPerRow: perRequest({ ...before, ...admitted }, after, rows),
    checks,
  };
}

/** Answers rows per second; of the same users in the same order. */
async function insertRaw(bench: Workbench, couponId: number, plan: Uint32Array): Promise<number> {
  const users = Array.from(plan, userIdOf);
  const tables = await BaselineTables.create(bench.environment.mysqlUrl);
  try {
    const startedAt = performance.now();
    await tables.insertInBatches(couponId, users, BATCH_ROWS);
    return (users.length * 1_000) / (performance.now() - startedAt);
  } finally {
    await tables.remove();
  }
}
