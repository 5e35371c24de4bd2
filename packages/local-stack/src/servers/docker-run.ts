import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { ProcessSpec } from '../processes/managed-process.js';

export interface ContainerPlan {
  name: string;
  image: string;
  port: number;
  containerPort: number;
  /** Of this server, and of no other; the container is named after it. */
  dataDir: string;
  /** Where the server finds that folder. Without it the data are the container's, and end with it. */
  containerDataDir?: string;
  env?: Record<string, string>;
  args: string[];
  graceMs: number;
  logFile: string;
}

/**
 * A server in a container whose data is in a folder of this machine. The process is Docker's client, which ends
 * with its container. A container of an earlier run with the same data is removed first.
 */
export function dockerRun(plan: ContainerPlan): ProcessSpec {
  const container = containerName(plan.name, plan.dataDir);
  const { containerDataDir } = plan;
  const volume = containerDataDir ? ['--volume', `${plan.dataDir}:${containerDataDir}`, ...asThisUser()] : [];
  mkdirSync(plan.dataDir, { recursive: true });
  execFileSync('docker', ['rm', '--force', container], { stdio: 'ignore', env: process.env });
  return {
    name: plan.name,
    command: 'docker',
    args: [
      ...['run', '--rm', '--name', container],
      ...['--publish', `127.0.0.1:${plan.port}:${plan.containerPort}`],
      ...volume,
      ...Object.entries(plan.env ?? {}).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
      plan.image,
      ...plan.args,
    ],
    graceMs: plan.graceMs,
    logFile: plan.logFile,
    container,
  };
}

/** On Linux the files in the volume belong to the container's user; with ours they can be removed again. */
function asThisUser(): string[] {
  if (process.platform !== 'linux') return [];
  return ['--user', `${process.getuid?.()}:${process.getgid?.()}`];
}

/** The same for the same data, and another one for another checkout. */
export function containerName(name: string, dataDir: string): string {
  return `fcfs-${name}-${createHash('sha256').update(dataDir).digest('hex').slice(0, 8)}`;
}
