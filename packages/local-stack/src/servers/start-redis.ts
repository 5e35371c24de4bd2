import { mkdirSync } from 'node:fs';
import type { ProcessGroup } from '../processes/process-group.js';
import { dockerRun } from './docker-run.js';
import { type LocalServer, type ServerPlan, startServer } from './local-server.js';
import { probeRedis } from './probes.js';
import { findServerSource } from './server-source.js';
import { thisMachine } from './this-machine.js';

export type RedisRole = 'gate' | 'cache';

export interface RedisOptions {
  /** An absolute path; made where it is missing. */
  dataDir: string;
  role: RedisRole;
  /** Default: a free one. */
  port?: number;
  /** Default: beside the data folder, with the ending `.log`. */
  logFile?: string;
}

const IMAGE = 'redis:8-alpine';
const STOP_GRACE_MS = 30_000;

/** The gate and the queue must not lose an answered write; the cache may lose everything, but not grow. */
const ROLE_SETTINGS: Record<RedisRole, string[]> = {
  gate: [
    ...['--appendonly', 'yes', '--appendfsync', 'always'],
    ...['--maxmemory-policy', 'noeviction', '--save', ''],
  ],
  cache: [
    ...['--maxmemory', '256mb', '--maxmemory-policy', 'allkeys-lru'],
    ...['--save', '', '--appendonly', 'no'],
  ],
};

export async function startRedis(options: RedisOptions, group: ProcessGroup): Promise<LocalServer> {
  const { dataDir, role } = options;
  const name = `redis-${role}`;
  const logFile = options.logFile ?? `${dataDir}.log`;
  const source = await findServerSource('redis', thisMachine(group, logFile));
  mkdirSync(dataDir, { recursive: true });
  const common = { name, graceMs: STOP_GRACE_MS, logFile };
  const inContainer = { image: IMAGE, containerPort: 6379, dataDir, containerDataDir: '/data' };
  const plan: ServerPlan = {
    port: options.port,
    url: (port) => `redis://127.0.0.1:${port}`,
    probe: probeRedis,
    spec: (port) => {
      if (source.from === 'docker') {
        return dockerRun({ ...common, ...inContainer, port, args: ['redis-server', ...ROLE_SETTINGS[role]] });
      }
      const address = ['--bind', '127.0.0.1', '--port', String(port), '--dir', dataDir];
      return { ...common, command: source.path, args: [...address, ...ROLE_SETTINGS[role]] };
    },
  };
  return startServer(plan, group);
}
