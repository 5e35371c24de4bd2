import { basename } from 'node:path';
import type { TableEntry } from './process-table.js';

const PACKAGE_MANAGER = /^(npm|npx|pnpm|yarn)(-cli)?(\.c?js|\.mjs)?$/;
const SHELL = /^(sh|dash|ash|bash|zsh)$/;

/**
 * The package managers that run this process, and the shells between them; the nearest first. The chain ends at
 * the first ancestor that is neither, such as the shell of the person who typed the command.
 */
export function packageManagerAncestors(table: readonly TableEntry[], pid: number): TableEntry[] {
  const byPid = new Map(table.map((entry) => [entry.pid, entry]));
  const parentOf = (entry: TableEntry | undefined) => entry && byPid.get(entry.parentPid);
  const chain: TableEntry[] = [];
  let above = parentOf(byPid.get(pid));
  while (above) {
    const next = parentOf(above);
    const isBetween = isShell(above) && next !== undefined && isPackageManager(next);
    if (!isPackageManager(above) && !isBetween) break;
    chain.push(above);
    above = next;
  }
  return chain;
}

function isPackageManager({ words }: TableEntry): boolean {
  const [program, ...args] = words;
  if (program === undefined) return false;
  if (PACKAGE_MANAGER.test(basename(program))) return true;
  const script = args.find((arg) => !arg.startsWith('-'));
  return (
    /^node\d*$/.test(basename(program)) && script !== undefined && PACKAGE_MANAGER.test(basename(script))
  );
}

function isShell({ words }: TableEntry): boolean {
  return words[0] !== undefined && SHELL.test(basename(words[0]));
}
