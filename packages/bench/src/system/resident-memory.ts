import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const BYTES_PER_KIBIBYTE = 1_024;

/**
 * What a process holds of the machine's memory, in bytes.
 * @throws where there is no such process
 */
export async function residentBytes(pid: number): Promise<number> {
  const kibibytes = process.platform === 'linux' ? await fromStatus(pid) : await fromPs(pid);
  if (!kibibytes) throw new Error(`The memory of process ${pid} cannot be read.`);
  return kibibytes * BYTES_PER_KIBIBYTE;
}

async function fromStatus(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
}

async function fromPs(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout);
}
