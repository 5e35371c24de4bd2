import { packageManagerAncestors } from './package-manager-ancestors.js';
import { isAlive } from './process-record.js';
import { processStartedAt } from './process-started-at.js';
import { processTable } from './process-table.js';

const LOOK_EVERY_MS = 1_000;

/**
 * Calls back once when a package manager that runs this process is gone. One that is killed does not pass the
 * signal on to what it runs, so `pnpm start` would otherwise go on without anybody to stop it.
 * @returns stops looking
 */
export function whenPackageManagerEnds(onEnd: () => void): () => void {
  const ancestors = packageManagerAncestors(processTable(), process.pid).map(({ pid }) => ({
    pid,
    startedAt: processStartedAt(pid) ?? 'ended already',
  }));
  if (ancestors.length === 0) return () => {};
  const timer = setInterval(() => {
    if (ancestors.every(isAlive)) return;
    clearInterval(timer);
    onEnd();
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
