import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { ProcessRecord } from './process-record.js';

/** What the watchdog is told, one JSON text per line. */
export type WatchdogOrder =
  | { order: 'guard'; process: ProcessRecord }
  | { order: 'release'; pid: number }
  | { order: 'guard-folder'; folder: string }
  | { order: 'release-folder'; folder: string };

let watchdog: ChildProcess | undefined;

/**
 * Tells this process's watchdog, and starts it with the first order. The watchdog is a small process of its own
 * that reads from a pipe. When this process is gone, whatever the reason, the pipe ends, and the watchdog stops
 * the guarded processes (the last one first) and removes the guarded folders.
 */
export function tellWatchdog(order: WatchdogOrder): void {
  watchdog ??= startWatchdog();
  watchdog.stdin?.write(`${JSON.stringify(order)}\n`);
}

function startWatchdog(): ChildProcess {
  const program = fileURLToPath(new URL('./watchdog-process.js', import.meta.url));
  const child = spawn(process.execPath, [program], {
    // Its own session: neither Ctrl-C nor the end of the terminal reaches it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env.PATH },
  });
  // Without a watchdog everything still works, only a crash of this process leaves more to clean up.
  child.on('error', () => {});
  child.stdin?.on('error', () => {});
  child.unref();
  unref(child.stdin);
  return child;
}

/** The pipe must not keep this process alive. Node's type of a child's stdin does not say that it is a socket. */
function unref(stdin: Writable | null): void {
  if (stdin && 'unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
}
