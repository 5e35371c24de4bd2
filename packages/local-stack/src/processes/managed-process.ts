import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { lastLines } from './last-lines.js';
import { type ProcessRecord, signalProcess, stopProcess } from './process-record.js';
import { processStartedAt } from './process-started-at.js';
import { tellWatchdog } from './watchdog.js';

export interface ProcessSpec {
  name: string;
  command: string;
  args: string[];
  graceMs: number;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Where its output is appended to; without one it writes to this process's terminal. */
  logFile?: string;
  container?: string;
}

export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

const LOG_LINES = 40;

/**
 * One child process. It leads a process group and session of its own, so Ctrl-C in the terminal does not reach
 * it: who started it decides the order in which things end. It writes to a file, not to a pipe, so that it can
 * still finish its work when its parent is gone.
 */
export class ManagedProcess {
  readonly record: ProcessRecord;
  readonly exited: Promise<ProcessExit>;
  readonly logFile: string | undefined;
  exit: ProcessExit | undefined;
  /** True from the moment its end was asked for; an end before that is a crash. */
  endIsWanted = false;

  /** @throws when the program cannot be started at all */
  constructor(spec: ProcessSpec) {
    this.logFile = spec.logFile;
    const child = start(spec);
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.exit = { code, signal };
        if (child.pid !== undefined) tellWatchdog({ order: 'release', pid: child.pid });
        resolve(this.exit);
      });
      // Node reports a program that cannot be run here, and it has no pid then.
      child.once('error', () => resolve({ code: null, signal: null }));
    });
    if (child.pid === undefined) throw new Error(`${spec.name} cannot be started: ${spec.command}`);
    this.record = {
      name: spec.name,
      pid: child.pid,
      startedAt: processStartedAt(child.pid) ?? 'ended at once',
      command: [spec.command, ...spec.args].join(' '),
      graceMs: spec.graceMs,
      container: spec.container,
    };
    tellWatchdog({ order: 'guard', process: this.record });
  }

  /** SIGTERM, then SIGKILL after the grace. Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.endIsWanted = true;
    if (this.exit) return;
    await stopProcess(this.record);
    await this.exited;
  }

  /** Sends one signal; one that ends processes makes their end a wanted one. */
  signal(signal: NodeJS.Signals): void {
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') this.endIsWanted = true;
    signalProcess(this.record, signal);
  }

  /** How it ended, with the last lines of its log, for a person to read. */
  describeExit(): string {
    const how = this.exit?.signal ? `by ${this.exit.signal}` : `with exit code ${this.exit?.code}`;
    const lines = this.logFile ? lastLines(this.logFile, LOG_LINES) : [];
    const log = lines.length > 0 ? `. The last lines of its log:\n  ${lines.join('\n  ')}` : '';
    return `${this.record.name} ended ${how}${log}`;
  }
}

function start(spec: ProcessSpec): ChildProcess {
  const options = { detached: true, env: spec.env ?? process.env, cwd: spec.cwd };
  if (!spec.logFile) return spawn(spec.command, spec.args, { ...options, stdio: 'inherit' });
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, 'a');
  try {
    return spawn(spec.command, spec.args, { ...options, stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}
