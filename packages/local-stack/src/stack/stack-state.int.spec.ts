import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readJson, writeJson } from '../json-file.js';
import { isAlive, type ProcessRecord } from '../processes/process-record.js';
import { processStartedAt } from '../processes/process-started-at.js';
import { type TemporaryFolder, temporaryFolder } from '../processes/temporary-folder.js';
import { AlreadyRunningError, STATE_FILE, type StackState, StackStateFile } from './stack-state.js';

/** A process that runs, and is none of the stack's. */
function bystander(): ChildProcess {
  return spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
}

describe('StackStateFile', () => {
  let folder: TemporaryFolder;
  let other: ChildProcess;

  beforeEach(() => {
    folder = temporaryFolder('state-spec');
    other = bystander();
  });

  afterEach(() => {
    other.kill('SIGKILL');
    folder.remove();
  });

  const record = (startedAt: string): ProcessRecord => ({
    name: 'redis-gate',
    pid: other.pid!,
    startedAt,
    command: 'redis-server',
    graceMs: 60_000,
  });
  const leave = (state: StackState) => writeJson(join(folder.path, STATE_FILE), state);
  const claim = async () => {
    const orphans: string[] = [];
    const file = new StackStateFile(folder.path);
    await file.claim((orphan) => orphans.push(orphan));
    return { file, orphans };
  };

  it('never signals a process whose id was given out again', async () => {
    leave({ launcher: { pid: other.pid!, startedAt: 'long ago' }, processes: [record('long ago')] });
    const { orphans } = await claim();
    expect(orphans).toEqual([]);
    expect(isAlive({ pid: other.pid!, startedAt: processStartedAt(other.pid!)! })).toBe(true);
  });

  it('stops what a dead launcher left behind, and takes its place', async () => {
    const left = record(processStartedAt(other.pid!)!);
    leave({ launcher: { pid: 1, startedAt: 'long ago' }, processes: [left] });
    const { orphans } = await claim();
    expect(orphans).toEqual([`redis-gate (pid ${other.pid})`]);
    expect(isAlive(left)).toBe(false);
    expect(readJson<StackState>(join(folder.path, STATE_FILE))?.launcher.pid).toBe(process.pid);
  });

  it('refuses while another launcher is alive, and touches nothing', async () => {
    const launcher = { pid: other.pid!, startedAt: processStartedAt(other.pid!)! };
    leave({ launcher, processes: [] });
    await expect(claim()).rejects.toThrow(AlreadyRunningError);
    await expect(claim()).rejects.toThrow(`pid ${other.pid}`);
    expect(readJson<StackState>(join(folder.path, STATE_FILE))?.launcher).toEqual(launcher);
  });

  it('takes a file that cannot be read for a stale one, and is gone after its release', async () => {
    writeFileSync(join(folder.path, STATE_FILE), '{"launcher":');
    const { file } = await claim();
    file.update({ processes: [record('now')] });
    expect(new StackStateFile(folder.path).ofLivingLauncher()?.processes).toHaveLength(1);
    file.release();
    expect(new StackStateFile(folder.path).ofLivingLauncher()).toBeUndefined();
  });
});
