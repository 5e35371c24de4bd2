import { join } from 'node:path';
import { ProcessGroup } from '../processes/process-group.js';
import { withTemporaryFolder } from '../processes/temporary-folder.js';
import { migrateProgram } from './app-definition.js';

const STOP_GRACE_MS = 60_000;

/**
 * Brings the schema of a database up to date, with the same program that `start` runs.
 * @throws with the last lines of its output when it fails
 */
export function migrate(mysqlUrl: string): Promise<void> {
  return withTemporaryFolder('migrate', (folder) =>
    runMigrations(migrateProgram, mysqlUrl, join(folder, 'log'), new ProcessGroup()),
  );
}

export function runMigrations(
  program: string,
  mysqlUrl: string,
  logFile: string,
  group: ProcessGroup,
): Promise<void> {
  return group.run({
    name: 'migrate',
    command: process.execPath,
    args: [program],
    env: { ...process.env, MYSQL_URL: mysqlUrl },
    graceMs: STOP_GRACE_MS,
    logFile,
  });
}
