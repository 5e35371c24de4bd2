import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../processes/free-port.js';
import type { ProcessExit } from '../processes/managed-process.js';
import { ProcessGroup } from '../processes/process-group.js';
import { temporaryFolder } from '../processes/temporary-folder.js';
import { randomSecret } from '../random-secret.js';
import { type AppDefinition, type AppName, applications } from './app-definition.js';
import { launchApp } from './launch-app.js';

/** One application process, ended with the process that started it. */
export interface LocalApp {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly pid: number;
  /** All that it wrote so far, one JSON text per line. */
  logs(): string;
  /** In order: SIGTERM, and SIGKILL only after a minute. */
  stop(): Promise<void>;
  /** Sends the signal and waits until the process has ended. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Resolves when it has ended, however. */
  readonly exited: Promise<ProcessExit>;
}

/** Per process that starts applications, so that those it starts accept each other's receipts. */
const SECRETS = { RECEIPT_SECRET: randomSecret(), JWT_SECRET: randomSecret() };

/**
 * Starts an application on a free port and waits until it is ready. It gets this process's environment, the
 * given one above that, `AUTH_MODE=dev` and random secrets where neither names them.
 * @throws with the last lines of its log when it ends before it is ready
 */
export async function startApp(
  name: AppName,
  env: Record<string, string>,
  among: readonly AppDefinition[] = applications,
): Promise<LocalApp> {
  const definition = among.find((known) => known.name === name);
  if (!definition) throw new Error(`No such application: ${name}`);
  const folder = temporaryFolder(name);
  const logFile = join(folder.path, 'log');
  const whole = { AUTH_MODE: 'dev', ...SECRETS, ...process.env, ...env };
  const group = new ProcessGroup();
  try {
    const started = { app: definition, name, port: await freePort(), settings: {} };
    const app = await launchApp(started, whole, logFile, group);
    const exited = app.process.exited;
    let finalLogs: string | undefined;
    void exited.then(() => {
      finalLogs = readFileSync(logFile, 'utf8');
      folder.remove();
    });
    return {
      url: app.url,
      pid: app.process.record.pid,
      logs: () => finalLogs ?? readFileSync(logFile, 'utf8'),
      stop: () => app.process.stop(),
      kill: async (signal) => {
        app.process.signal(signal);
        await exited;
      },
      exited,
    };
  } catch (error) {
    await group.stopAll();
    folder.remove();
    throw error;
  }
}
