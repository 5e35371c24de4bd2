import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { BenchEnvironment } from '../bench-environment.js';
import { figure } from '../rush/number-format.js';
import { shapeLine, shapeOf } from '../system/system-shape.js';
import type { SystemUnderLoad } from '../system/system-under-load.js';
import { compareFigures } from './compare-figures.js';
import { figuresOf } from './figure.js';
import type { FigureOptions } from './figure-options.js';
import { comparisonReport, figuresReport, isExact } from './figures-report.js';
import { figuresSummary, parseSummary } from './figures-summary.js';
import { runFigures } from './run-figures.js';
import { Workbench } from './workbench.js';

const BASELINE_FILE = fileURLToPath(new URL('../../baseline.json', import.meta.url));

/** Answers whether every check of every round has passed; a missed target is shown, and is no failure. */
export async function measureFigures(
  options: FigureOptions,
  environment: BenchEnvironment,
  system: SystemUnderLoad,
  out: NodeJS.WriteStream,
): Promise<boolean> {
  // Read first: minutes of measuring are not to end at a file that cannot be read.
  const before = options.compare ? parseSummary(await readFile(BASELINE_FILE, 'utf8')) : null;
  const { names, seconds, rounds, connections, seed } = options;
  out.write(
    `${names.join(' ')}: ${rounds} rounds of ${seconds} s a side and a closed loop where a measurement says nothing else, ${connections} connections, generator on the same machine, seed ${seed}\n`,
  );
  const [load] = loadavg();
  if (load! > cpus().length / 2) {
    out.write(`Others keep this machine busy (load average ${figure(load!)}): expect a wide spread.\n`);
  }
  const shape = shapeOf(environment);
  const bench = new Workbench(options, environment, system, out);
  try {
    const run = await runFigures(bench);
    const figures = figuresOf(run.samples);
    out.write(figuresReport(options, run, figures));
    if (before) {
      out.write(comparisonReport(compareFigures(before.figures, figures)));
      if (!isDeepStrictEqual(before.system, shape))
        out.write(`It was measured with ${shapeLine(before.system)}.\n`);
    }
    if (options.jsonFile !== null) {
      const summary = figuresSummary(options, shape, run, figures, new Date());
      await writeFile(options.jsonFile, `${JSON.stringify(summary, null, 2)}\n`);
    }
    return isExact(run);
  } finally {
    await bench.close();
  }
}
