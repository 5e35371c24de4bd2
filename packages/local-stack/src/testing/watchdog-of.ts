import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The process id of another process's watchdog. */
export function watchdogOf(parentPid: number): number {
  const found = (process.platform === 'linux' ? fromProc() : fromPs()).find(
    ({ ppid, command }) => ppid === parentPid && command.includes('watchdog-process'),
  );
  if (!found) throw new Error(`Process ${parentPid} has no watchdog`);
  return found.pid;
}

interface Found {
  pid: number;
  ppid: number;
  command: string;
}

/** Small Linux images have no `ps`. */
function fromProc(): Found[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return [{ pid: Number(pid), ppid, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8') }];
    } catch {
      return [];
    }
  });
}

function fromPs(): Found[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.map((line) => {
    const [pid, ppid, ...command] = line.trim().split(/\s+/);
    return { pid: Number(pid), ppid: Number(ppid), command: command.join(' ') };
  });
}
