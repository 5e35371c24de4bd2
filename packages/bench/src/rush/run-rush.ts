import { startBareRoute } from '../bare-route/start-bare-route.js';
import { planRequests } from '../load/request-plan.js';
import { LOAD_LIMITS, type LoadResult, runLoad } from '../load/run-load.js';
import type { RushOptions } from '../parse-arguments.js';
import type { SystemUnderLoad } from '../system/system-under-load.js';
import { awaitSettled } from './await-settled.js';
import { type Check, checkExactness } from './check-exactness.js';
import { DOORS, type Door } from './doors.js';
import { type PhaseFigures, phaseFigures } from './phase-figures.js';
import { ProgressLine } from './progress-line.js';
import { type Tally, tallyAnswers } from './tally-answers.js';

/** One door, rushed once. */
export interface DoorResult {
  door: Door;
  couponId: number;
  figures: PhaseFigures;
  tally: Tally;
  persistedAfterMs: number | null;
  checks: Check[];
}

/** The same requests in the same order at a bare route and at each door. */
export interface RushRun {
  seed: number;
  bare: PhaseFigures;
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
    const bare = phaseFigures(await loadBareRoute(options, plan, out));
    const doors: DoorResult[] = [];
    for (const door of options.doors) doors.push(await rushDoor(door, options, plan, system, out));
    runs.push({ seed, bare, doors });
  }
  return runs;
}

async function loadBareRoute(
  options: RushOptions,
  plan: Uint32Array,
  out: NodeJS.WriteStream,
): Promise<LoadResult> {
  const { users, connections } = options;
  const bareRoute = await startBareRoute();
  try {
    const { target, path } = bareRoute;
    const progress = new ProgressLine(out, 'bare route');
    return await runLoad({ target, path, plan, users, connections, ...LOAD_LIMITS }, (log) =>
      progress.watch(log),
    );
  } finally {
    await bareRoute.stop();
  }
}

async function rushDoor(
  door: Door,
  { users, total, connections }: RushOptions,
  plan: Uint32Array,
  system: SystemUnderLoad,
  out: NodeJS.WriteStream,
): Promise<DoorResult> {
  const { title, issueMode, path } = DOORS[door];
  const couponId = await system.operator.openCoupon({
    title: `Rush on ${title}`,
    totalQuantity: total,
    issueMode,
  });
  const progress = new ProgressLine(out, title);
  const load = { target: system.target, path: path(couponId), plan, users, connections, ...LOAD_LIMITS };
  const result = await runLoad(load, (log) => progress.watch(log));
  const tally = tallyAnswers(result.log);
  const settled = await awaitSettled(system, couponId, tally.accepted, result.lastAnswerAt);
  const rows = await system.records.readRows(couponId);
  return {
    door,
    couponId,
    figures: phaseFigures(result),
    tally,
    persistedAfterMs: settled.persistedAfterMs,
    checks: checkExactness({ door, users, total, tally, rows, ...settled }),
  };
}
