import type { ManagedProcess } from '../processes/managed-process.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { waitUntilReady } from '../processes/wait-until-ready.js';
import type { AppProcess } from './app-process.js';

export interface RunningApp {
  url: string;
  process: ManagedProcess;
}

const READY_WAIT_MS_MAX = 300_000;
const PROBE_WAIT_MS_MAX = 10_000;
const STOP_GRACE_MS = 60_000;
/**
 * MiB of the space for young objects, in whose size V8 otherwise follows the load from 8 to 134 MiB. The containers
 * have the same setting.
 */
const YOUNG_SPACE = ['--min-semi-space-size=16', '--max-semi-space-size=16'];

/**
 * Starts a process of an application and waits until it says that it is ready.
 * @throws with the last lines of its log when it ends before, and when it is not ready after five minutes
 */
export async function launchApp(
  { app, name, port, settings }: AppProcess,
  env: NodeJS.ProcessEnv,
  logFile: string,
  group: ProcessGroup,
): Promise<RunningApp> {
  const started = group.start({
    name,
    command: process.execPath,
    args: [...YOUNG_SPACE, app.program],
    env: { ...env, ...settings, [app.portSetting]: String(port) },
    graceMs: STOP_GRACE_MS,
    logFile,
  });
  const url = `http://${reachableHost(env.HOST)}:${port}`;
  await waitUntilReady({
    name,
    waitMsMax: READY_WAIT_MS_MAX,
    probe: () => probeReady(url),
    process: started,
  });
  return { url, process: started };
}

async function probeReady(url: string): Promise<void> {
  const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(PROBE_WAIT_MS_MAX) });
  const body = await answer.text();
  if (answer.status !== 200)
    throw new Error(`${url}/health/ready answered ${answer.status} ${body.slice(0, 300)}`);
}

/** An application that listens on every address is reached on this machine's own. */
function reachableHost(host: string | undefined): string {
  return host === undefined || host === '' || host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}
