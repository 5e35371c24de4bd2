import type { Check } from '../rush/check-exactness.js';
import { figure } from '../rush/number-format.js';
import type { Sample } from './figure.js';
import { definitionOf, type MeasurementName } from './figure-definitions.js';
import { measureCache } from './measure-cache.js';
import { measureDrain } from './measure-drain.js';
import { measureGrowthCoupons } from './measure-growth-coupons.js';
import { measureGrowthRows } from './measure-growth-rows.js';
import { measureGrowthUsers } from './measure-growth-users.js';
import { measureLatency } from './measure-latency.js';
import { measureMemoryFigure } from './measure-memory-figure.js';
import { measureMetricsCost } from './measure-metrics-cost.js';
import { measureMillion } from './measure-million.js';
import { measureQueue } from './measure-queue.js';
import { measureRebuild } from './measure-rebuild.js';
import { measureSoak } from './measure-soak.js';
import { measureV1 } from './measure-v1.js';
import { measureV2Admit } from './measure-v2-admit.js';
import { measureV2Refuse } from './measure-v2-refuse.js';
import { measureV2Win } from './measure-v2-win.js';
import type { Measurement } from './measurement.js';
import type { Workbench } from './workbench.js';

/** A check, and where it was made. */
export interface PlacedCheck extends Check {
  measurement: MeasurementName;
  round: number;
}

export interface FiguresRun {
  samples: Sample[];
  checks: PlacedCheck[];
}

const MEASUREMENTS: Record<MeasurementName, Measurement> = {
  'growth-rows': measureGrowthRows,
  'growth-coupons': measureGrowthCoupons,
  'growth-users': measureGrowthUsers,
  'v2-admit': measureV2Admit,
  'v2-win': measureV2Win,
  'v2-refuse': measureV2Refuse,
  v1: measureV1,
  drain: measureDrain,
  memory: measureMemoryFigure,
  latency: measureLatency,
  cache: measureCache,
  million: measureMillion,
  rebuild: measureRebuild,
  soak: measureSoak,
  queue: measureQueue,
  'metrics-cost': measureMetricsCost,
};

/** One measurement after the other; the rounds of each alternate baseline and system. */
export async function runFigures(bench: Workbench): Promise<FiguresRun> {
  const run: FiguresRun = { samples: [], checks: [] };
  for (const name of bench.options.names) {
    const measurement = MEASUREMENTS[name];
    const rounds = Math.min(bench.options.rounds, measurement.roundsMax ?? bench.options.rounds);
    bench.out.write(`${name}: warming up\n`);
    await measurement.prepare(bench);
    for (let round = 1; round <= rounds; round++) {
      const { samples, checks } = await measurement.round(bench, (bench.options.seed + round) >>> 0);
      run.samples.push(...samples);
      run.checks.push(...checks.map((check) => ({ ...check, measurement: name, round })));
      bench.out.write(progressLine(name, round, rounds, samples, checks));
    }
  }
  return run;
}

function progressLine(
  name: string,
  round: number,
  rounds: number,
  samples: readonly Sample[],
  checks: readonly Check[],
): string {
  const figures = samples.map(({ figure: of, ours, baseline }) => {
    const { unit, baseline: title } = definitionOf(of);
    return `${figure(ours)} ${unit} against ${figure(baseline)} (${title}): ${figure(ours / baseline)}`;
  });
  const exact = checks.every((check) => check.passed) ? 'exact' : 'NOT EXACT';
  return `${name}: round ${round} of ${rounds}, ${exact}\n${figures.map((line) => `  ${line}\n`).join('')}`;
}
