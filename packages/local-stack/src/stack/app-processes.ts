import { hostname } from 'node:os';
import type { AppDefinition } from '../apps/app-definition.js';
import type { AppProcess } from '../apps/app-process.js';
import { freePort, isPortFree } from '../processes/free-port.js';

export const PROCESSES_MAX = 32;
/** So that the second process of one application does not take the port of another application. */
const PORTS_APART = 10;
const PORT_MAX = 65_535;

/** How many processes of each application, by its name; one where it is not named. */
export type ProcessCounts = Readonly<Record<string, number>>;

/**
 * All processes in the order of their start. The first of an application has its name and its port, from the
 * environment or else the usual one; each further one has a number behind the name and a port 10 higher.
 */
export function appProcesses(
  apps: readonly AppDefinition[],
  counts: ProcessCounts,
  env: NodeJS.ProcessEnv,
): AppProcess[] {
  return apps.flatMap((app) => {
    const count = counts[app.name] ?? 1;
    const firstPort = parsePort(app, env[app.portSetting], count);
    return Array.from({ length: count }, (_, index) => ({
      app,
      name: numbered(app.name, index),
      port: firstPort + index * PORTS_APART,
      settings: ownSettings(app, index, env),
    }));
  });
}

/** @throws naming each port that is in use or wanted twice, and the setting that changes it */
export async function requireFreePorts(
  processes: readonly AppProcess[],
  host: string | undefined,
): Promise<void> {
  const problems: string[] = [];
  const names = new Map<number, string>();
  for (const { app, name, port } of processes) {
    const other = names.get(port);
    names.set(port, name);
    if (!other && (await isPortFree(port, host))) continue;
    const why = other ? `is that of ${other} already` : 'is in use';
    problems.push(`Port ${port}, for ${name}, ${why}. Choose another one: ${otherPort(app, processes)}`);
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

/** The same processes on the same ports where these are free, and on any free ones in place of the others. */
export async function onFreePorts(
  processes: readonly AppProcess[],
  host: string | undefined,
): Promise<AppProcess[]> {
  const taken = new Set<number>();
  const placed: AppProcess[] = [];
  for (const process of processes) {
    let { port } = process;
    if (taken.has(port) || !(await isPortFree(port, host))) {
      do port = await freePort();
      while (taken.has(port));
    }
    taken.add(port);
    placed.push({ ...process, port });
  }
  return placed;
}

function numbered(name: string, index: number): string {
  return index === 0 ? name : `${name}-${index + 1}`;
}

function ownSettings(app: AppDefinition, index: number, env: NodeJS.ProcessEnv): Record<string, string> {
  if (!app.nameSetting || index === 0) return {};
  return { [app.nameSetting]: numbered(env[app.nameSetting] || hostname(), index) };
}

/** The setting as it might be instead, which moves all processes of the application. */
function otherPort(app: AppDefinition, processes: readonly AppProcess[]): string {
  const { port } = processes.find((process) => process.app === app)!;
  const moved = port > 50_000 ? port - 10_000 : port + 10_000;
  return `${app.portSetting}=${moved}`;
}

function parsePort(app: AppDefinition, text: string | undefined, count: number): number {
  if (!text) return app.defaultPort;
  const port = Number(text);
  const portMax = PORT_MAX - (count - 1) * PORTS_APART;
  if (Number.isInteger(port) && port >= 1 && port <= portMax) return port;
  const many = count === 1 ? '' : `, as ${count} processes need it,`;
  throw new Error(`${app.portSetting} is not a port between 1 and ${portMax}${many}: ${text}`);
}
