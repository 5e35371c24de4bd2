import type { ReadLog } from '../load/read-log.js';
import { type Check, verdict } from '../rush/check-exactness.js';
import { count } from '../rush/number-format.js';
import type { Measurement } from './measurement.js';
import { WARM_UP_SECONDS, type Workbench } from './workbench.js';

const COUPONS = 100;
const EDIT_ONE_IN = 100;

/** Reads of a hundred coupons while one request in a hundred edits one of them, over all API processes. */
export const measureCache: Measurement = {
  async prepare(bench) {
    const { seed } = bench.options;
    await bench.loadReads('bare-read', [1], null, seed, WARM_UP_SECONDS);
    await bench.loadReads('system', await openCoupons(bench), EDIT_ONE_IN, seed, WARM_UP_SECONDS);
  },

  async round(bench, seed) {
    const couponIds = await openCoupons(bench);
    const bare = await bench.loadReads('bare-read', couponIds, null, seed);
    // The first reading of each coupon is that of a new coupon, not of a cache.
    await bench.loadReads('system', couponIds, null, seed, WARM_UP_SECONDS);
    const ours = await bench.loadReads('system', couponIds, EDIT_ONE_IN, seed);
    const { log } = ours;
    bench.out.write(`cache: ${sourcesLine(log)}\n`);
    return {
      samples: [
        {
          figure: 'cache',
          ours: ours.readsPerSecond,
          baseline: bare.readsPerSecond,
          oursCpu: ours.cpuPerRequest,
          baselineCpu: bare.cpuPerRequest,
          oursGeneratorPercent: ours.generatorBusyPercent,
          baselineGeneratorPercent: bare.generatorBusyPercent,
        },
        { figure: 'cache-hits', ours: log.hitPercent, baseline: 100 },
      ],
      checks: checksOf(log),
    };
  },
};

async function openCoupons(bench: Workbench): Promise<number[]> {
  const ids: number[] = [];
  for (let i = 1; i <= COUPONS; i += 1) {
    const title = `Bench of reads ${i}`;
    ids.push(await bench.system.operator.openCoupon({ title, totalQuantity: 100, issueMode: 'SYNC' }));
  }
  return ids;
}

const sourcesLine = ({ from, reads, edits, stalestMs }: ReadLog): string =>
  `${count(reads)} reads, of which ${count(from.L1)} from L1, ${count(from.L2)} from L2, ${count(from.DB)} from the rows; ${count(edits)} edits; what was read had been replaced ${count(stalestMs)} ms ago at the most`;

function checksOf(log: ReadLog): Check[] {
  return [
    verdict('every read and every edit answered', log.faults, `${count(log.reads + log.edits)} requests`),
    verdict(
      'an edit is seen at once at the process that has answered it',
      log.lateHere,
      `${log.edits} edits`,
    ),
    verdict(
      'nobody reads what was replaced more than ten seconds ago',
      log.tooOld,
      `${Math.round(log.stalestMs)} ms`,
    ),
  ];
}
