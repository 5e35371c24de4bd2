import { linkSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../error-code.js';
import { readJson, writeJson } from '../json-file.js';
import { isAlive, type ProcessRecord, stopProcess } from '../processes/process-record.js';
import { processStartedAt } from '../processes/process-started-at.js';
import type { AuthSettings } from './auth-settings.js';

export const STATE_FILE = 'stack.json';

/** What one run says about itself to others: the next start, a demo, a person who looks. */
export interface StackState {
  launcher: { pid: number; startedAt: string };
  /** In the order of their start. */
  processes: ProcessRecord[];
  /** The addresses, once all of them are known. */
  running?: RunningStack;
}

export interface RunningStack {
  mysqlUrl: string;
  redisUrl: string;
  cacheUrl: string;
  /** `QUEUE_DRIVER` of all processes. */
  queueDriver: string;
  /** `KAFKA_BROKERS` of all processes, where they have any. */
  kafkaBrokers?: string;
  /** In the order of their start. */
  apps: RunningAppProcess[];
  /** Where the stack is observed. */
  prometheusUrl?: string;
  /** With its secret, for whoever calls the system later: the file is its owner's only. */
  auth: AuthSettings;
}

export interface RunningAppProcess {
  /** The application's name, which is also that of its first process. */
  app: string;
  name: string;
  url: string;
  pid: number;
}

/** The API process that operators' calls go to; any other one would do as well. */
export function firstApiUrl({ apps }: RunningStack): string {
  return apps.find(({ app }) => app === 'coupon-api')!.url;
}

export class AlreadyRunningError extends Error {
  constructor(state: StackState) {
    const urls = (state.running?.apps ?? []).map(({ name, url }) => `  ${name} ${url}`);
    const where = urls.length > 0 ? `:\n${urls.join('\n')}` : ', and is still starting.';
    super(`It runs already, with pid ${state.launcher.pid}${where}`);
  }
}

/** The state file of one stack folder. Only the launcher that claimed it writes it. */
export class StackStateFile {
  readonly #file: string;
  #state: StackState = {
    launcher: { pid: process.pid, startedAt: processStartedAt(process.pid) ?? '' },
    processes: [],
  };

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#file = join(folder, STATE_FILE);
  }

  /** The state of the run whose launcher is alive. */
  ofLivingLauncher(): StackState | undefined {
    const state = readJson<StackState>(this.#file);
    return state && isAlive(state.launcher) ? state : undefined;
  }

  /**
   * Makes this process the only launcher. Stops what a launcher left behind that could not do so itself.
   * @throws AlreadyRunningError while another launcher is alive
   */
  async claim(onOrphan: (name: string) => void): Promise<void> {
    const mine = `${this.#file}.${process.pid}.claim`;
    writeJson(mine, this.#state);
    try {
      // A hard link is made only where there is no such file, and appears with its whole content.
      while (!tryLink(mine, this.#file)) await this.#removeStale(onOrphan);
    } finally {
      rmSync(mine, { force: true });
    }
  }

  release(): void {
    rmSync(this.#file, { force: true });
  }

  update(change: Partial<Pick<StackState, 'processes' | 'running'>>): void {
    this.#state = { ...this.#state, ...change };
    writeJson(this.#file, this.#state);
  }

  async #removeStale(onOrphan: (name: string) => void): Promise<void> {
    const living = this.ofLivingLauncher();
    if (living) throw new AlreadyRunningError(living);
    const stale = readJson<StackState>(this.#file);
    for (const record of stale?.processes.toReversed() ?? []) {
      if (!isAlive(record)) continue;
      onOrphan(`${record.name} (pid ${record.pid})`);
      await stopProcess(record);
    }
    // Another start may have been faster meanwhile; its file must stay.
    if (!this.ofLivingLauncher()) rmSync(this.#file, { force: true });
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}
