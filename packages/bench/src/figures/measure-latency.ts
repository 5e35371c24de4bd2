import { BaselineTables } from '../baselines/baseline-tables.js';
import { percentile } from '../load/latency-figures.js';
import { userIdOf } from '../load/request-plan.js';
import type { OpenLoadResult } from '../load/run-open-load.js';
import { watchPersisted } from '../system/watch-persisted.js';
import { warmUpBareRoute } from './against-bare-route.js';
import type { Measurement } from './measurement.js';
import { everybody, WARM_UP_SECONDS, type Workbench } from './workbench.js';

const COMMITS = 300;
const PERCENT = 99;

/**
 * Everybody wins, at half of the rate that the system has just shown to be its most. Both times are counted by the
 * clock of the arrivals: a stall is charged to everybody who came during it.
 */
export const measureLatency: Measurement = {
  async prepare(bench) {
    await warmUpBareRoute(bench);
    await bench.warmUpDoor('v2');
  },

  async round(bench, seed) {
    const rate = Math.max(1, Math.round((await mostPerSecond(bench, seed)) / 2));
    const plan = everybody(rate * bench.options.seconds, seed);
    const commit = await commitMs(bench, seed);
    const bare = await bench.loadOpen({ baseline: 'bare-route' }, rate, plan);
    const couponId = await bench.openCoupon('v2', plan.length);
    const watch = watchPersisted(bench.system.records, couponId, plan.length);
    const ours = await bench.loadOpen({ couponId }, rate, plan);
    await bench.settle(couponId, ours);
    const persistedAt = await watch.end();
    const checks = await bench.checkDoor('v2', couponId, plan.length, ours);
    bench.out.write(`latency: ${rate} arrivals a second, half of the most\n`);
    return {
      samples: [
        { figure: 'latency-answer', ours: p99(ours.log.latenciesMs), baseline: p99(bare.log.latenciesMs) },
        { figure: 'latency-persisted', ours: p99(persistedAfterMs(ours, persistedAt)), baseline: commit },
      ],
      checks,
    };
  },
};

/** By a closed loop, for a second. */
export async function mostPerSecond(bench: Workbench, seed: number): Promise<number> {
  const plan = bench.usersInTurn(seed);
  const couponId = await bench.openCoupon('v2', plan.length);
  const phase = await bench.loadDoor('v2', couponId, plan, WARM_UP_SECONDS);
  await bench.settle(couponId, phase);
  return phase.requestsPerSecond;
}

async function commitMs(bench: Workbench, seed: number): Promise<number> {
  const tables = await BaselineTables.create(bench.environment.mysqlUrl);
  try {
    return percentile(await tables.timeCommits(0, Array.from(everybody(COMMITS, seed), userIdOf)), PERCENT);
  } finally {
    await tables.remove();
  }
}

/** From the answer to the commit, for each claim; one that was committed before its answer arrived waited 0 ms. */
export function persistedAfterMs(
  { log, answeredAt }: Pick<OpenLoadResult, 'log' | 'answeredAt'>,
  persistedAt: Float64Array,
): Float64Array {
  const waits: number[] = [];
  for (let at = 0; at < log.count; at++) {
    const seenAt = persistedAt[log.ticket[at]!];
    if (seenAt !== undefined && !Number.isNaN(seenAt)) waits.push(Math.max(0, seenAt - answeredAt[at]!));
  }
  return Float64Array.from(waits);
}

export const p99 = (values: Float64Array): number => percentile(values.slice().sort(), PERCENT);
