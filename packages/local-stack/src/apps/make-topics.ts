import { join } from 'node:path';
import { ProcessGroup } from '../processes/process-group.js';
import { withTemporaryFolder } from '../processes/temporary-folder.js';
import { topicsProgram } from './app-definition.js';

const STOP_GRACE_MS = 60_000;

/**
 * Makes the topics, with the same program that `start` runs.
 * @param env names the brokers, and further settings where they are not the usual ones
 * @throws with the last lines of its output when it fails
 */
export function makeTopics(env: { KAFKA_BROKERS: string } & Record<string, string>): Promise<void> {
  return withTemporaryFolder('topics', (folder) =>
    runTopics(topicsProgram, { ...process.env, ...env }, join(folder, 'log'), new ProcessGroup()),
  );
}

export function runTopics(
  program: string,
  env: NodeJS.ProcessEnv,
  logFile: string,
  group: ProcessGroup,
): Promise<void> {
  return group.run({
    name: 'topics',
    command: process.execPath,
    args: [program],
    env,
    graceMs: STOP_GRACE_MS,
    logFile,
  });
}
