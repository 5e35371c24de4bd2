import { join } from 'node:path';
import type { AppProcess } from '../apps/app-process.js';
import { launchApp } from '../apps/launch-app.js';
import { runMigrations } from '../apps/migrate.js';
import { provideKafka } from '../kafka/provide-kafka.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { provideServers, withAddresses } from '../servers/provide-servers.js';
import { authSettings, withAuth } from './auth-settings.js';
import { secretsOf } from './secrets.js';
import type { StackLayout } from './stack-layout.js';
import type { RunningAppProcess, RunningStack } from './stack-state.js';

/** What the processes take where nothing is set. */
const DEFAULT_QUEUE_DRIVER = 'redis-stream';
export const BESIDE_NAMESPACE = 'beside';

/**
 * Starts servers and applications in order, each when the one before it is ready.
 * @throws with the log's last lines of what failed; what was started before it still runs then
 */
export async function bringUp(
  layout: StackLayout,
  processes: readonly AppProcess[],
  env: NodeJS.ProcessEnv,
  group: ProcessGroup,
  say: (line: string) => void,
): Promise<RunningStack> {
  const addresses = await provideServers(layout, env, group, say);
  const queueDriver = env.QUEUE_DRIVER || DEFAULT_QUEUE_DRIVER;
  const usesKafka = queueDriver === 'kafka' || Boolean(env.KAFKA_BROKERS);
  const kafkaBrokers = usesKafka
    ? await provideKafka(layout, layout.topicsProgram, env, group, say)
    : undefined;
  say('Schema: bringing it up to date');
  await runMigrations(layout.migrateProgram, addresses.mysqlUrl, join(layout.logs, 'migrate.log'), group);
  const { RECEIPT_SECRET, JWT_SECRET } = secretsOf(layout.folder);
  const auth = authSettings(env, JWT_SECRET);
  const settings = { RECEIPT_SECRET, ...env, KAFKA_BROKERS: kafkaBrokers };
  const appEnv = withAuth(withAddresses(settings, addresses), auth);
  const apps = await launchApps(layout, processes, appEnv, group, say);
  return { ...addresses, queueDriver, kafkaBrokers, apps, auth };
}

/**
 * Starts a second system on the servers of one that runs, with a database and keys of its own and the default queue:
 * what the queue of the first is measured against.
 */
export async function bringUpBeside(
  layout: StackLayout,
  processes: readonly AppProcess[],
  env: NodeJS.ProcessEnv,
  running: RunningStack,
  group: ProcessGroup,
  say: (line: string) => void,
): Promise<RunningStack> {
  const database = new URL(running.mysqlUrl);
  database.pathname += '_beside';
  const addresses = { ...running, mysqlUrl: database.href };
  await runMigrations(layout.migrateProgram, addresses.mysqlUrl, join(layout.logs, 'migrate.log'), group);
  const { RECEIPT_SECRET } = secretsOf(layout.folder);
  const settings = {
    ...{ RECEIPT_SECRET, ...env },
    // A consumer would read the topic of the first system.
    ...{ QUEUE_DRIVER: undefined, LINE_PACE_USERS: undefined, KAFKA_BROKERS: undefined },
    REDIS_NAMESPACE: BESIDE_NAMESPACE,
  };
  const appEnv = withAuth(withAddresses(settings, addresses), running.auth);
  const named = processes.map((each) => ({ ...each, name: `${each.name}-beside` }));
  const apps = await launchApps(layout, named, appEnv, group, say);
  return { ...addresses, queueDriver: DEFAULT_QUEUE_DRIVER, kafkaBrokers: undefined, apps };
}

async function launchApps(
  layout: StackLayout,
  processes: readonly AppProcess[],
  appEnv: NodeJS.ProcessEnv,
  group: ProcessGroup,
  say: (line: string) => void,
): Promise<RunningAppProcess[]> {
  const apps: RunningAppProcess[] = [];
  for (const each of processes) {
    const { app, name } = each;
    const { url, process } = await launchApp(each, appEnv, appLogFile(layout, name), group);
    const { pid } = process.record;
    apps.push({ app: app.name, name, url, pid });
    say(`${name}: ${url} (pid ${pid})`);
  }
  return apps;
}

export function appLogFile(layout: StackLayout, name: string): string {
  return join(layout.logs, `${name}.log`);
}
