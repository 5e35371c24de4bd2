import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface TableEntry {
  pid: number;
  parentPid: number;
  /** The words of its command line. */
  words: string[];
}

/** All processes of the machine that this one may see. */
export function processTable(): TableEntry[] {
  // Small Linux images have no `ps`.
  return process.platform === 'linux' ? fromProc() : fromPs();
}

function fromProc(): TableEntry[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const parentPid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return [{ pid: Number(pid), parentPid, words: wordsOf(readFileSync(`/proc/${pid}/cmdline`, 'utf8')) }];
    } catch {
      // It ended while the table was being read.
      return [];
    }
  });
}

function fromPs(): TableEntry[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter(Boolean).map((line) => {
    const [pid, parentPid, ...words] = wordsOf(line);
    return { pid: Number(pid), parentPid: Number(parentPid), words };
  });
}

/** A program that sets its own title has spaces where others have NULs. */
function wordsOf(text: string): string[] {
  return text.split(/[\0\s]+/).filter(Boolean);
}
