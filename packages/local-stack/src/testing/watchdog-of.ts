import { processTable } from '../processes/process-table.js';

/** The process id of another process's watchdog. */
export function watchdogOf(parentPid: number): number {
  const found = processTable().find(
    (entry) => entry.parentPid === parentPid && entry.words.some((word) => word.includes('watchdog-process')),
  );
  if (!found) throw new Error(`Process ${parentPid} has no watchdog`);
  return found.pid;
}
