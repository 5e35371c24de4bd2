import { BaselineRedis } from '../baselines/baseline-redis.js';
import { userIdOf } from '../load/request-plan.js';
import { count, figure } from '../rush/number-format.js';
import { PeakMemory } from '../system/peak-memory.js';
import type { Sample } from './figure.js';
import type { Measurement } from './measurement.js';
import { everybody, type Workbench } from './workbench.js';

const USERS = 200_000;
const MEBIBYTE = 2 ** 20;

/**
 * How long a gate stays shut after a restart of its server that lost nothing: the consumer notices it, reads all rows
 * and all claims that survived, and loads them. That is the most work that a rebuild can have.
 */
export const measureRebuild: Measurement = {
  roundsMax: 3,

  async prepare(bench) {
    await bench.warmUpDoor('v2');
  },

  async round(bench, seed) {
    const plan = everybody(bench.options.users ?? USERS, seed);
    const couponId = await bench.openCoupon('v2', plan.length);
    const filled = await bench.loadDoor('v2', couponId, plan, null);
    await bench.settle(couponId, filled);
    const { issuedQuantity, shard } = await bench.system.records.readCounters(couponId);
    const baseline = await setsPerSecond(bench, couponId, Array.from(plan, userIdOf));
    const memory = await PeakMemory.watch(bench.environment.consumers.map(({ pid }) => pid));
    const shutMs = await bench.system.gate.shutUntilRebuilt({ shard, couponId });
    const peakBytes = await memory.peakBytes();
    bench.out.write(
      `rebuild: a gate of ${count(issuedQuantity)} issues was shut for ${figure(shutMs / 1_000)} s\n`,
    );
    const samples: Sample[] = [{ figure: 'rebuild', ours: (issuedQuantity * 1_000) / shutMs, baseline }];
    if (memory.beforeBytes > 0) {
      const before = memory.beforeBytes / MEBIBYTE;
      samples.push({ figure: 'rebuild-memory', ours: peakBytes / MEBIBYTE, baseline: before });
    }
    return { samples, checks: await bench.checkDoor('v2', couponId, plan.length, filled) };
  },
};

/** One plain key for each user, which is what the server and its driver can take. */
async function setsPerSecond(bench: Workbench, couponId: number, users: readonly string[]): Promise<number> {
  const redis = new BaselineRedis(bench.environment.gateRedisUrl);
  try {
    const startedAt = performance.now();
    await redis.setPerUser(couponId, users);
    return (users.length * 1_000) / (performance.now() - startedAt);
  } finally {
    await redis.removeSets(couponId, users);
    redis.close();
  }
}
