import { setTimeout as sleep } from 'node:timers/promises';
import { BaselineRedis } from '../baselines/baseline-redis.js';
import { userIdOf } from '../load/request-plan.js';
import { measureMemory } from '../memory/measure-memory.js';
import { BUFFERS_SHRINK_MS } from '../system/gate-observer.js';
import type { Measurement } from './measurement.js';
import { everybody, type Workbench } from './workbench.js';

const USERS = 100_000;

/** What an issued user costs in Redis after the drain, against one plain key for each. */
export const measureMemoryFigure: Measurement = {
  // Bytes do not depend on how busy the machine is.
  roundsMax: 1,

  async prepare(bench) {
    await bench.warmUpDoor('v2');
    await sleep(BUFFERS_SHRINK_MS);
  },

  async round(bench, seed) {
    const { users: asked, connections } = bench.options;
    const users = asked ?? USERS;
    const options = { command: 'memory' as const, users, connections, seed, jsonFile: null };
    const { bytesPerUser, couponId, checks } = await measureMemory(options, bench.system, bench.out);
    const baseline = await bytesPerPlainKey(bench, couponId, Array.from(everybody(users, seed), userIdOf));
    return { samples: [{ figure: 'memory', ours: bytesPerUser, baseline }], checks };
  },
};

async function bytesPerPlainKey(
  bench: Workbench,
  couponId: number,
  users: readonly string[],
): Promise<number> {
  const redis = new BaselineRedis(bench.environment.gateRedisUrl);
  try {
    const before = await bench.system.gate.usedMemoryBytes();
    await redis.setPerUser(couponId, users);
    await sleep(BUFFERS_SHRINK_MS);
    return ((await bench.system.gate.usedMemoryBytes()) - before) / users.length;
  } finally {
    await redis.removeSets(couponId, users);
    redis.close();
  }
}
