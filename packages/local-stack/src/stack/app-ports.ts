import type { AppDefinition } from '../apps/app-definition.js';
import { freePort, isPortFree } from '../processes/free-port.js';

/** The port of each application, by name: from the environment, else its usual one. */
export function configuredPorts(apps: readonly AppDefinition[], env: NodeJS.ProcessEnv): Map<string, number> {
  return new Map(apps.map((app) => [app.name, parsePort(app, env[app.portSetting])]));
}

/** @throws naming each port that is in use, and the setting that changes it */
export async function requireFreePorts(
  apps: readonly AppDefinition[],
  ports: ReadonlyMap<string, number>,
  host: string | undefined,
): Promise<void> {
  const problems: string[] = [];
  for (const app of apps) {
    const port = ports.get(app.name)!;
    if (await isPortFree(port, host)) continue;
    problems.push(
      `Port ${port}, for ${app.name}, is in use. Choose another one: ${app.portSetting}=${port + 10_000}`,
    );
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

/** The same ports where they are free, and any free ones in place of the others. */
export async function freePortsInstead(
  ports: ReadonlyMap<string, number>,
  host: string | undefined,
): Promise<Map<string, number>> {
  const free = new Map<string, number>();
  for (const [name, port] of ports) free.set(name, (await isPortFree(port, host)) ? port : await freePort());
  return free;
}

function parsePort(app: AppDefinition, text: string | undefined): number {
  if (!text) return app.defaultPort;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new Error(`${app.portSetting} is not a port between 1 and 65535: ${text}`);
}
