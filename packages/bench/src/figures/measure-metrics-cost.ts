import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { targetOf } from '../bench-environment.js';
import { type Check, verdict } from '../rush/check-exactness.js';
import { DOORS } from '../rush/doors.js';
import { figure } from '../rush/number-format.js';
import { readProcessCpuMicros } from '../system/process-cpu.js';
import { type Recorded, readRecorded, recordedSince } from '../system/recorded.js';
import { loadPhase, type Phase } from './load-phase.js';
import { everybodyRefused } from './measure-v2-refuse.js';
import type { Measurement } from './measurement.js';
import { everybody, WARM_UP_SECONDS, type Workbench } from './workbench.js';

const UNITS = 100;
const API_PROGRAM = fileURLToPath(new URL('../../../coupon-api/dist/main.js', import.meta.url));
const fileOf = (name: string) => new URL(`../baselines/${name}.js`, import.meta.url);

/** Nanoseconds of CPU. */
interface RecordingCost {
  count: number;
  observation: number;
}

interface Loaded {
  phase: Phase;
  /** Meanwhile, by this process. */
  recorded: Recorded;
}

/**
 * What metrics cost the cheapest answer, "sold out" from memory: one process of the API, which records and records nothing
 * by turns. That difference is smaller than what the machine does to a round, so it is reckoned as well: how many
 * metrics a request touches, by what the process publishes, times what one of them costs in a loop.
 */
export const measureMetricsCost: Measurement = {
  async prepare(bench) {
    await bench.warmUpDoor('v2');
    const couponId = await soldOut(bench, bench.options.seed);
    for (const record of [true, false]) await refuse(bench, record, couponId, bench.options.seed);
  },

  async round(bench, seed) {
    const couponId = await soldOut(bench, seed);
    const without = await refuse(bench, false, couponId, seed);
    const recording = await refuse(bench, true, couponId, seed);
    const { counts, observations } = recording.recorded;
    const requests = recording.phase.log.count;
    const cost = await recordingCost();
    const nanoseconds = (counts * cost.count + observations * cost.observation) / requests;
    bench.out.write(
      `metrics-cost: ${figure(counts / requests)} counts of ${figure(cost.count)} ns and ${figure(observations / requests)} observations of ${figure(cost.observation)} ns a request\n`,
    );
    const micros = recording.phase.cpuPerRequest.api!;
    return {
      samples: [
        { figure: 'metrics-cost', ours: nanoseconds / 1_000, baseline: micros },
        { figure: 'metrics-on', ours: micros, baseline: without.phase.cpuPerRequest.api! },
      ],
      checks: [
        everybodyRefused(without.phase),
        everybodyRefused(recording.phase),
        answersCounted('what was answered was counted', recording, requests),
        answersCounted('nothing was counted while nothing was to be', without, 0),
      ],
    };
  },
};

async function soldOut(bench: Workbench, seed: number): Promise<number> {
  const couponId = await bench.openCoupon('v2', UNITS);
  await bench.settle(couponId, await bench.loadDoor('v2', couponId, everybody(UNITS, seed), null));
  return couponId;
}

async function refuse(bench: Workbench, record: boolean, couponId: number, seed: number): Promise<Loaded> {
  const { connections, seconds } = bench.options;
  const api = await bench.switchableApi();
  const load = (seconds: number) =>
    loadPhase({
      targets: [targetOf(api.url)],
      credentials: bench.system.credentials,
      paths: [DOORS.v2.path(couponId)],
      // Whoever holds a coupon would be shown it again.
      plan: bench.usersInTurn(seed).filter((user) => user >= UNITS),
      connections,
      seconds,
      cpu: async () => ({ api: await readProcessCpuMicros(api.url) }),
    });
  api.record(record);
  // What was switched is compiled anew first.
  await load(WARM_UP_SECONDS);
  const before = await readRecorded(api.url);
  const phase = await load(seconds);
  return { phase, recorded: recordedSince(before, await readRecorded(api.url)) };
}

async function recordingCost(): Promise<RecordingCost> {
  const child = fork(fileURLToPath(fileOf('time-recording')), [API_PROGRAM], { execArgv: [] });
  const [cost] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`The metrics could not be timed (exit status ${code}).`);
    }),
  ])) as [RecordingCost];
  return cost;
}

function answersCounted(name: string, { recorded }: Loaded, answers: number): Check {
  const found = `${recorded.answers} of ${answers}`;
  return verdict(name, recorded.answers === answers ? [] : [found], found);
}
