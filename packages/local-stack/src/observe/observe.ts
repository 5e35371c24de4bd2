import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessGroup } from '../processes/process-group.js';
import { type ServerPlan, startServer } from '../servers/local-server.js';
import type { ServerPlace } from '../servers/provide-servers.js';
import { rememberedPort } from '../servers/remembered-port.js';
import { thisMachine } from '../servers/this-machine.js';
import type { RunningAppProcess } from '../stack/stack-state.js';
import { findPrometheus, NODE_EXPORTER_NAMES } from './find-prometheus.js';
import { prometheusConfig } from './prometheus-config.js';

const STOP_GRACE_MS = 30_000;
const PROBE_WAIT_MS_MAX = 10_000;
/** Seconds between two looks at each process, where not the usual 5. */
const SCRAPE_SETTING = 'PROMETHEUS_SCRAPE_SECONDS';

/**
 * Starts Prometheus for these processes, and node_exporter where it is there.
 * @returns the address of Prometheus, or undefined where it cannot be had, which is said
 */
export async function observe(
  { folder, logs }: ServerPlace,
  apps: readonly RunningAppProcess[],
  group: ProcessGroup,
  say: (line: string) => void,
): Promise<string | undefined> {
  const machine = thisMachine(group, join(logs, 'install.log'));
  let program: string;
  try {
    program = await findPrometheus('prometheus', machine);
  } catch (error) {
    // The system works without.
    say(error instanceof Error ? error.message : String(error));
    return undefined;
  }
  const exporter = machine.findBinary(NODE_EXPORTER_NAMES);
  const start = async (name: string, command: string, path: string, args: (port: number) => string[]) => {
    const plan: ServerPlan = {
      port: await rememberedPort(join(folder, 'ports.json'), name),
      url: (port) => `http://127.0.0.1:${port}`,
      probe: (url) => answersAt(`${url}${path}`),
      spec: (port) => ({
        name,
        command,
        args: args(port),
        graceMs: STOP_GRACE_MS,
        logFile: join(logs, `${name}.log`),
      }),
    };
    const { url, pid } = await startServer(plan, group);
    say(`${name}: ${url} (pid ${pid})`);
    return url;
  };

  const nodeUrl =
    exporter &&
    (await start('node-exporter', exporter, '/', (port) => [`--web.listen-address=127.0.0.1:${port}`]));
  const data = join(folder, 'prometheus');
  mkdirSync(data, { recursive: true });
  const config = join(data, 'prometheus.yml');
  writeFileSync(config, prometheusConfig(apps, nodeUrl && new URL(nodeUrl).host, scrapeSeconds()));
  return start('prometheus', program, '/-/ready', (port) => [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(data, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
}

/** @throws where the setting is no number of seconds */
function scrapeSeconds(): number | undefined {
  const text = process.env[SCRAPE_SETTING];
  if (!text) return undefined;
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new Error(`${SCRAPE_SETTING} is a whole number from 1 to 99, not "${text}".`);
}

async function answersAt(url: string): Promise<void> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(PROBE_WAIT_MS_MAX) });
  await answer.text();
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
}
