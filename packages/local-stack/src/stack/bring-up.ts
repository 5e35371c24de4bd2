import { join } from 'node:path';
import { launchApp } from '../apps/launch-app.js';
import { runMigrations } from '../apps/migrate.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { provideServers, withAddresses } from '../servers/provide-servers.js';
import { rebuildGates } from './rebuild-gates.js';
import { secretsOf } from './secrets.js';
import type { StackLayout } from './stack-layout.js';
import type { RunningStack } from './stack-state.js';

/**
 * Starts servers and applications in order, each when the one before it is ready.
 * @param ports by application name
 * @throws with the log's last lines of what failed; what was started before it still runs then
 */
export async function bringUp(
  layout: StackLayout,
  ports: ReadonlyMap<string, number>,
  env: NodeJS.ProcessEnv,
  group: ProcessGroup,
  say: (line: string) => void,
): Promise<RunningStack> {
  const addresses = await provideServers(layout, env, group, say);
  say('Schema: bringing it up to date');
  await runMigrations(layout.migrateProgram, addresses.mysqlUrl, join(layout.logs, 'migrate.log'), group);
  const appEnv = withAddresses({ AUTH_MODE: 'dev', ...secretsOf(layout.folder), ...env }, addresses);
  const appUrls: Record<string, string> = {};
  for (const app of layout.applications) {
    const logFile = appLogFile(layout, app.name);
    const { url, process } = await launchApp(app, ports.get(app.name)!, appEnv, logFile, group);
    appUrls[app.name] = url;
    say(`${app.name}: ${url} (pid ${process.record.pid})`);
  }
  if (!env.REDIS_URL) await rebuildGates(appUrls['coupon-api']!, say);
  return { ...addresses, appUrls };
}

export function appLogFile(layout: StackLayout, name: string): string {
  return join(layout.logs, `${name}.log`);
}
