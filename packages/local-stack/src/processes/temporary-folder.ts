import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './process-record.js';
import { processStartedAt } from './process-started-at.js';
import { tellWatchdog } from './watchdog.js';

const PREFIX = 'fcfs-';
const OWNER_FILE = 'owner.json';

export interface TemporaryFolder {
  path: string;
  remove(): void;
}

/** A new folder that is removed by `remove()`, or when this process is gone. */
export function temporaryFolder(purpose: string): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), `${PREFIX}${purpose}-`));
  tellWatchdog({ order: 'guard-folder', folder: path });
  const owner = { pid: process.pid, startedAt: processStartedAt(process.pid) };
  writeFileSync(join(path, OWNER_FILE), JSON.stringify(owner));
  return {
    path,
    remove: () => {
      removeFolder(path);
      tellWatchdog({ order: 'release-folder', folder: path });
    },
  };
}

/** Runs the work with a new folder, and removes the folder after it. */
export async function withTemporaryFolder<T>(
  purpose: string,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const folder = temporaryFolder(purpose);
  try {
    return await work(folder.path);
  } finally {
    folder.remove();
  }
}

/** Removes the folders of owners that are gone, for the case that their watchdog was killed as well. */
export function removeStaleTemporaryFolders(): void {
  for (const name of readdirSync(tmpdir())) {
    const path = join(tmpdir(), name);
    if (name.startsWith(PREFIX) && isStale(path)) removeFolder(path);
  }
}

function isStale(path: string): boolean {
  try {
    return !isAlive(JSON.parse(readFileSync(join(path, OWNER_FILE), 'utf8')));
  } catch {
    // Not ours, or being made just now.
    return false;
  }
}

function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 5 });
}
