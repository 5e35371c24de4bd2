import { BaselineTables } from '../baselines/baseline-tables.js';
import { type Check, verdict } from '../rush/check-exactness.js';
import { DOORS } from '../rush/doors.js';
import { rateSample, warmUpBareRoute } from './against-bare-route.js';
import type { Measurement } from './measurement.js';
import { WARM_UP_SECONDS, type Workbench } from './workbench.js';

/**
 * V1 on its winning path: how much is won by deciding for everybody who waits in one transaction. The coupon has the
 * one door, as the baseline has; beside it one with both, whose gate is told of every batch.
 */
export const measureV1: Measurement = {
  async prepare(bench) {
    await warmUpBareRoute(bench);
    await bench.warmUpDoor('v1');
    await withTables(bench, (tables) =>
      loadRowLock(bench, tables, 0, bench.usersInTurn(bench.options.seed), WARM_UP_SECONDS),
    );
  },

  async round(bench, seed) {
    const plan = bench.usersInTurn(seed);
    const bare = await bench.loadBaseline('bare-route', plan);
    const couponId = await bench.openCoupon('v1', plan.length, { issueMode: 'SYNC' });
    const rowLock = await withTables(bench, (tables) =>
      loadRowLock(bench, tables, couponId, plan, bench.options.seconds),
    );
    const ours = await bench.loadDoor('v1', couponId, plan);
    const checks = await bench.checkDoor('v1', couponId, plan.length, ours);
    const twoDoors = await bench.openCoupon('v1', plan.length, { issueMode: 'BOTH' });
    const both = await bench.loadDoor('v1', twoDoors, plan);
    checks.push(...(await bench.checkDoor('v1', twoDoors, plan.length, both)));
    return {
      samples: [
        rateSample('v1', ours, rowLock.phase),
        rateSample('v1-both', both, rowLock.phase),
        rateSample('v1-bare', ours, bare),
      ],
      checks: [...checks, rowLock.check],
    };
  },
};

async function loadRowLock(
  bench: Workbench,
  tables: BaselineTables,
  couponId: number,
  plan: Uint32Array,
  seconds: number,
) {
  await tables.openCoupon(couponId, plan.length);
  const phase = await bench.loadBaseline('row-lock-per-request', plan, DOORS.v1.path(couponId), seconds);
  const check = rowsAddUp(phase.log.usersWithClaim, await tables.readCounts(couponId));
  return { phase, check };
}

function rowsAddUp(
  accepted: number,
  { issued, rows, highestNumber }: { issued: number; rows: number; highestNumber: number },
): Check {
  const same = issued === accepted && rows === accepted && highestNumber === accepted;
  const found = `${accepted} issued, the coupon counts ${issued}, ${rows} rows up to number ${highestNumber}`;
  return verdict('the baseline is exact', same ? [] : [found], found);
}

async function withTables<T>(bench: Workbench, work: (tables: BaselineTables) => Promise<T>): Promise<T> {
  const tables = await BaselineTables.create(bench.environment.mysqlUrl);
  try {
    return await work(tables);
  } finally {
    await tables.remove();
  }
}
