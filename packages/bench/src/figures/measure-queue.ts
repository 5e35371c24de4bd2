import type { CouponOrder } from '../system/coupon-operator.js';
import { rateSample } from './against-bare-route.js';
import { drainFull, planOfDrain } from './measure-drain.js';
import type { Measurement } from './measurement.js';
import type { Workbench } from './workbench.js';

/**
 * The queue of the system against the default one, on two systems that share servers and are loaded by turns; where it
 * is Kafka, also coupons that it admits against those that have a gate.
 */
export const measureQueue: Measurement = {
  async prepare(bench) {
    bench.requireConsumers();
    const stream = await bench.besideStream();
    await stream.warmUpDoor('v2');
    await bench.warmUpDoor('v2');
  },

  async round(bench, seed) {
    const stream = await bench.besideStream();
    const [baseline, ours] = [await win(stream, seed), await win(bench, seed)];
    const admitted =
      bench.environment.queueDriver === 'kafka' ? await win(bench, seed, { admission: 'QUEUE' }) : null;
    const [drainedStream, drained] = [await drain(stream, seed), await drain(bench, seed)];
    return {
      samples: [
        rateSample('queue-win', ours.phase, baseline.phase),
        ...(admitted ? [rateSample('queue-admission', admitted.phase, ours.phase)] : []),
        {
          figure: 'queue-drain',
          ours: drained.rowsPerSecond,
          baseline: drainedStream.rowsPerSecond,
          oursCpu: drained.cpuPerRow,
          baselineCpu: drainedStream.cpuPerRow,
        },
      ],
      checks: [baseline, ours, admitted, drainedStream, drained].flatMap((each) => each?.checks ?? []),
    };
  },
};

async function win(bench: Workbench, seed: number, order: Partial<CouponOrder> = {}) {
  const plan = bench.usersInTurn(seed);
  const couponId = await bench.openCoupon('v2', plan.length, order);
  const phase = await bench.loadDoor('v2', couponId, plan);
  return { phase, checks: await bench.checkDoor('v2', couponId, plan.length, phase) };
}

async function drain(bench: Workbench, seed: number) {
  const plan = planOfDrain(bench, seed);
  return drainFull(bench, await bench.openCoupon('v2', plan.length), plan);
}
