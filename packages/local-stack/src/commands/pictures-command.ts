import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dashboardPicture } from '../observe/dashboard-picture.js';
import { dataOf, readDashboards } from '../observe/dashboards.js';
import { repositoryRoot } from '../repository-root.js';
import { repositoryLayout } from '../stack/stack-layout.js';
import { StackStateFile } from '../stack/stack-state.js';

const POINTS = 120;

/** Draws each dashboard with what the Prometheus of the stack that runs has seen lately. */
export async function picturesCommand(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '120' },
      to: { type: 'string', default: join(repositoryRoot, 'docs/dashboards') },
    },
  });
  const url = new StackStateFile(repositoryLayout.folder).ofLivingLauncher()?.running?.prometheusUrl;
  if (!url) throw new Error('Nothing is observed: run start --observe first, and then a demo.');
  const end = Math.floor(Date.now() / 1_000);
  const seconds = Number(values.seconds);
  if (!Number.isInteger(seconds) || seconds < 10)
    throw new Error(`--seconds is a whole number from 10 on, not "${values.seconds}".`);
  const range = { start: end - seconds, end, stepSeconds: Math.max(1, Math.round(seconds / POINTS)) };
  mkdirSync(values.to, { recursive: true });
  for (const dashboard of readDashboards()) {
    const panels = [];
    for (const panel of dashboard.panels)
      panels.push({ ...panel, shown: await dataOf(panel, url, range, '20s') });
    const file = join(values.to, `${dashboard.name}.svg`);
    writeFileSync(file, dashboardPicture(dashboard, panels, range));
    console.log(file);
  }
  return 0;
}
