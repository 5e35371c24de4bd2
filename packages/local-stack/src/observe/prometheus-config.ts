import { join } from 'node:path';
import { repositoryRoot } from '../repository-root.js';
import type { RunningAppProcess } from '../stack/stack-state.js';

/** Of this repository, for the containers and for `start --observe` alike. */
export const RULES = join(repositoryRoot, 'prometheus/rules/*.yml');

/** As the containers have it; shorter for a run that lasts some seconds only. */
const SCRAPE_SECONDS = 5;

/** What Prometheus is told of a stack: JSON, which is YAML as well. */
export function prometheusConfig(
  apps: readonly RunningAppProcess[],
  nodeExporter: string | undefined,
  scrapeSeconds = SCRAPE_SECONDS,
): string {
  const interval = `${scrapeSeconds}s`;
  const jobs = Map.groupBy(apps, ({ app }) => app);
  const job = (name: string, targets: string[]) => ({
    job_name: name,
    static_configs: [{ targets }],
  });
  return JSON.stringify(
    {
      global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
      rule_files: [RULES],
      scrape_configs: [
        ...[...jobs].map(([name, processes]) =>
          job(
            name,
            processes.map(({ url }) => new URL(url).host),
          ),
        ),
        ...(nodeExporter ? [job('node', [nodeExporter])] : []),
      ],
    },
    null,
    2,
  );
}
