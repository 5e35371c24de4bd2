import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { watchdogOf } from '../testing/watchdog-of.js';
import { processStartedAt } from './process-started-at.js';
import { removeStaleTemporaryFolders } from './temporary-folder.js';

const OWNER = fileURLToPath(new URL('../testing/owner-of-things.js', import.meta.url));

async function owner(...args: string[]) {
  const child = spawn(process.execPath, [OWNER, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  const { folder, pid }: { folder: string; pid: number } = JSON.parse(line);
  return { child, exited, folder, pid };
}

async function whenGone(pid: number, folder: string): Promise<void> {
  while (processStartedAt(pid) !== undefined || existsSync(folder)) await sleep(50);
}

describe('the watchdog', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)('cleans up after an owner that %s ended', async (signal) => {
    const { child, folder, pid } = await owner();
    child.kill(signal);
    await whenGone(pid, folder);
  });

  it('cleans up after an owner that ended without doing so', async () => {
    const { folder, pid } = await owner('leave');
    await whenGone(pid, folder);
  });

  it('ends a server that was paused', async () => {
    const { child, folder, pid } = await owner();
    process.kill(pid, 'SIGSTOP');
    child.kill('SIGKILL');
    await whenGone(pid, folder);
  });

  it('leaves the folder to the next run when it was killed as well', async () => {
    const { child, exited, folder, pid } = await owner();
    process.kill(watchdogOf(child.pid!), 'SIGKILL');
    removeStaleTemporaryFolders();
    expect(existsSync(folder)).toBe(true);
    child.kill('SIGKILL');
    await exited;
    process.kill(pid, 'SIGKILL');
    removeStaleTemporaryFolders();
    expect(existsSync(folder)).toBe(false);
  });
});
