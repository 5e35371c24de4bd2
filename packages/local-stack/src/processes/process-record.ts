import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { processStartedAt } from './process-started-at.js';

/** Names one process so that another process, later, can recognise and stop it. */
export interface ProcessRecord {
  name: string;
  pid: number;
  startedAt: string;
  command: string;
  /** How long it may take to end after SIGTERM before it gets SIGKILL. */
  graceMs: number;
  /** Name of the container whose client this process is. Signals go to the container. */
  container?: string;
}

const POLL_MS = 50;
const KILL_WAIT_MS_MAX = 60_000;

export function isAlive(record: Pick<ProcessRecord, 'pid' | 'startedAt'>): boolean {
  return processStartedAt(record.pid) === record.startedAt;
}

/** Sends a signal to the process and all of its group; nothing happens when it is gone or its id recycled. */
export function signalProcess(record: ProcessRecord, signal: NodeJS.Signals): void {
  if (!isAlive(record)) return;
  try {
    if (record.container) {
      execFileSync('docker', ['kill', '--signal', signal, record.container], { stdio: 'ignore' });
    } else {
      process.kill(process.platform === 'win32' ? record.pid : -record.pid, signal);
    }
  } catch {
    // It ended between the question and the signal, or never became the leader of a group.
  }
}

/**
 * Asks the process to end, and ends it when it has not after its grace. Works on processes of another parent.
 * @throws when it is still there a minute after SIGKILL
 */
export async function stopProcess(record: ProcessRecord): Promise<void> {
  signalProcess(record, 'SIGTERM');
  // A process that was paused would never see the SIGTERM.
  signalProcess(record, 'SIGCONT');
  if (await hasEnded(record, record.graceMs)) return;
  signalProcess(record, 'SIGKILL');
  if (await hasEnded(record, KILL_WAIT_MS_MAX)) return;
  throw new Error(`${record.name} (pid ${record.pid}) is still there after SIGKILL`);
}

async function hasEnded(record: ProcessRecord, waitMs: number): Promise<boolean> {
  const endMs = performance.now() + waitMs;
  while (isAlive(record)) {
    if (performance.now() >= endMs) return false;
    await sleep(POLL_MS);
  }
  return true;
}
