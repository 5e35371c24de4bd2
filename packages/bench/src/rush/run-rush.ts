import { BARE_ROUTE_PATH, startBaseline } from '../baselines/start-baseline.js';
import type { AnswerLog } from '../load/answer-log.js';
import { KeptReceipts } from '../load/kept-receipts.js';
import { planRequests } from '../load/request-plan.js';
import { LOAD_LIMITS, type Load, runLoad } from '../load/run-load.js';
import type { RushOptions } from '../parse-arguments.js';
import { readProcessCpuMicros } from '../system/process-cpu.js';
import type { SystemUnderLoad } from '../system/system-under-load.js';
import { awaitSettled } from './await-settled.js';
import { CHAOS, LOSES_CLAIMS } from './chaos.js';
import { type Check, checkExactness } from './check-exactness.js';
import { DOORS, type Door } from './doors.js';
import { type ChaoticLoad, loadWithChaos } from './load-with-chaos.js';
import { type PhaseFigures, phaseFigures } from './phase-figures.js';
import { ProgressLine } from './progress-line.js';
import { type CurvePoint, rushCurve } from './rush-curve.js';
import { type Tally, tallyAnswers } from './tally-answers.js';

/** One door, rushed once. */
export interface DoorResult {
  door: Door;
  couponId: number;
  figures: PhaseFigures;
  curve: CurvePoint[];
  tally: Tally;
  persistedAfterMs: number | null;
  checks: Check[];
  /** What was done to the system meanwhile. */
  chaos: string[];
}

/** The same requests in the same order at a bare route and at each door. */
export interface RushRun {
  seed: number;
  bare: PhaseFigures;
  bareCurve: CurvePoint[];
  doors: DoorResult[];
}

export async function runRush(
  options: RushOptions,
  system: SystemUnderLoad,
  out: NodeJS.WriteStream,
): Promise<RushRun[]> {
  const runs: RushRun[] = [];
  for (let run = 0; run < options.runs; run++) {
    const seed = (options.seed + run) >>> 0;
    if (options.runs > 1) out.write(`run ${run + 1} of ${options.runs}, seed ${seed}\n`);
    const plan = planRequests({ ...options, seed });
    const bare = await loadBareRoute(options, plan, system, out);
    const doors: DoorResult[] = [];
    for (const door of options.doors) doors.push(await rushDoor(door, options, plan, system, out));
    runs.push({ seed, ...bare, doors });
  }
  return runs;
}

async function loadBareRoute(
  options: RushOptions,
  plan: Uint32Array,
  { credentials }: SystemUnderLoad,
  out: NodeJS.WriteStream,
): Promise<Pick<RushRun, 'bare' | 'bareCurve'>> {
  const bareRoute = await startBaseline('bare-route');
  try {
    const { target, origin } = bareRoute;
    const at = { targets: [target], credentials, paths: [BARE_ROUTE_PATH] };
    if (options.warmup > 0) await runLoad(warmUpOf(options, at));
    const progress = new ProgressLine(out, 'bare route');
    const cpuBefore = await readProcessCpuMicros(origin);
    const result = await runLoad(loadOf(options, at, plan), (log) => progress.watch(log));
    const bare = phaseFigures(result, (await readProcessCpuMicros(origin)) - cpuBefore);
    return { bare, bareCurve: rushCurve(result) };
  } finally {
    await bareRoute.stop();
  }
}

async function rushDoor(
  door: Door,
  options: RushOptions,
  plan: Uint32Array,
  system: SystemUnderLoad,
  out: NodeJS.WriteStream,
): Promise<DoorResult> {
  const { users } = options;
  if (options.warmup > 0) await warmUpDoor(door, options, system);
  const couponId = await openCoupon(door, options.total, system);
  const progress = new ProgressLine(out, DOORS[door].title);
  const mayLoseClaims = LOSES_CLAIMS.has(options.chaos);
  const receipts = new KeptReceipts();
  const load = {
    ...loadOf(options, { ...system, paths: [DOORS[door].path(couponId)] }, plan),
    ...(mayLoseClaims && { receipts }),
  };
  const watch: typeof progress.watch = (log) => progress.watch(log);
  const { result, tally, servingCpuMicros, lastAnswerAt, done, total } =
    options.chaos === null
      ? await loadInPeace(load, options.total, watch, system)
      : await loadWithChaos(
          CHAOS[options.chaos]!,
          load,
          { couponId, total: options.total, users, system, receipts },
          watch,
        );
  const expected = mayLoseClaims ? Math.min(tally.accepted, total) : tally.accepted;
  const settled = await awaitSettled(system, couponId, expected, lastAnswerAt);
  const rows = await system.records.readRows(couponId);
  return {
    door,
    couponId,
    figures: phaseFigures(result, servingCpuMicros),
    curve: rushCurve(result),
    tally,
    persistedAfterMs: settled.persistedAfterMs,
    checks: checkExactness({ door, users, total, tally, rows, mayLoseClaims, ...settled }),
    chaos: done,
  };
}

async function loadInPeace(
  load: Load,
  total: number,
  watch: (log: AnswerLog) => () => void,
  system: SystemUnderLoad,
): Promise<ChaoticLoad> {
  const cpuBefore = await system.servingCpuMicros();
  const result = await runLoad(load, watch);
  const servingCpuMicros = (await system.servingCpuMicros()) - cpuBefore;
  const { log, lastAnswerAt } = result;
  return { result, servingCpuMicros, tally: tallyAnswers(log), lastAnswerAt, done: [], total };
}

/**
 * A freshly started server compiles its code during the first requests: even the bare route then took 120 to 185 ms
 * for one of them, and 25 ms afterwards. So both paths of a door, winning and refusal, are walked before the clock
 * starts, at the bare route and at each door alike.
 */
async function warmUpDoor(door: Door, options: RushOptions, system: SystemUnderLoad): Promise<void> {
  const couponId = await openCoupon(door, Math.ceil(options.warmup / 2), system);
  const at = { ...system, paths: [DOORS[door].path(couponId)] };
  const { log, lastAnswerAt } = await runLoad(warmUpOf(options, at));
  await awaitSettled(system, couponId, log.usersWithClaim, lastAnswerAt);
}

function openCoupon(door: Door, totalQuantity: number, system: SystemUnderLoad): Promise<number> {
  const { title, issueMode } = DOORS[door];
  return system.operator.openCoupon({ title: `Rush on ${title}`, totalQuantity, issueMode });
}

/** Where a load goes, and as whom. */
type Destination = Pick<Load, 'targets' | 'credentials' | 'paths'>;

function warmUpOf(options: RushOptions, at: Destination): Load {
  const { warmup: users, seed } = options;
  return loadOf({ ...options, users }, at, planRequests({ users, repeats: 0, total: users, seed }));
}

function loadOf({ users, connections }: RushOptions, at: Destination, plan: Uint32Array): Load {
  const { targets, credentials, paths } = at;
  return { targets, credentials, paths, plan, users, connections, ...LOAD_LIMITS };
}
