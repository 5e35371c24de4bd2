import type { Sample } from './figure.js';
import type { FigureName } from './figure-definitions.js';
import type { Phase } from './load-phase.js';
import { WARM_UP_SECONDS, type Workbench } from './workbench.js';

export async function warmUpBareRoute(bench: Workbench): Promise<void> {
  const { seed } = bench.options;
  await bench.loadBaseline('bare-route', bench.usersInTurn(seed), undefined, WARM_UP_SECONDS);
}

/** The rate, and beside it what a request costs: batching groups the writing of answers, which the rate alone hides. */
export function againstBareRoute(
  rateFigure: FigureName,
  cpuFigure: FigureName,
  ours: Phase,
  bare: Phase,
): Sample[] {
  const { api, redis } = ours.cpuPerRequest;
  return [
    rateSample(rateFigure, ours, bare),
    { figure: cpuFigure, ours: api! + redis!, baseline: bare.cpuPerRequest.server! },
  ];
}

export function rateSample(figure: FigureName, ours: Phase, baseline: Phase): Sample {
  return {
    figure,
    ours: ours.requestsPerSecond,
    baseline: baseline.requestsPerSecond,
    oursCpu: ours.cpuPerRequest,
    baselineCpu: baseline.cpuPerRequest,
    oursGeneratorPercent: ours.generatorBusyPercent,
    baselineGeneratorPercent: baseline.generatorBusyPercent,
  };
}
