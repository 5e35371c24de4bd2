import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ProcessGroup } from '../processes/process-group.js';
import { supervise } from '../processes/supervise.js';
import type { StackLayout } from './stack-layout.js';
import { STATE_FILE, StackStateFile } from './stack-state.js';

export interface StackRunOptions {
  /** The exit status after a signal. */
  stoppedStatus: number;
  /** Removes the data, secrets and everything else of earlier runs first. */
  reset: boolean;
}

export interface StackRun {
  group: ProcessGroup;
  state: StackStateFile;
}

/**
 * Claims the stack folder, does the work, and stops all that it started.
 * @returns the exit status
 * @throws AlreadyRunningError while another run has the folder
 */
export async function runStack(
  layout: StackLayout,
  options: StackRunOptions,
  work: (run: StackRun) => Promise<number>,
): Promise<number> {
  const state = new StackStateFile(layout.folder);
  await state.claim((orphan) => console.log(`Stopping ${orphan}, left behind by an earlier start`));
  const group = new ProcessGroup(
    (running) => state.update({ processes: running.map(({ record }) => record) }),
    (name) => console.log(`Stopping ${name}`),
  );
  try {
    if (options.reset) removeAllButState(layout.folder);
    // Logs are of one run each, so that they do not grow for ever.
    rmSync(layout.logs, { recursive: true, force: true });
    mkdirSync(layout.logs, { recursive: true });
    return await supervise(group, () => work({ group, state }), options.stoppedStatus);
  } finally {
    state.release();
  }
}

function removeAllButState(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name !== STATE_FILE) rmSync(join(folder, name), { recursive: true, force: true });
  }
}
