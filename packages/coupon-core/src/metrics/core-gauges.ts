import type { Registry } from 'prom-client';
import type { CoreHealth } from '../coupon-core.js';
import { readGauges } from './read-gauges.js';

/** What can be asked about the servers of a process. */
export interface ServersInUse {
  health(): Promise<CoreHealth & { cache: 'up' | 'down' }>;
  /** Connections to MySQL now, and calls that wait for one. */
  poolUse(): { busy: number; idle: number; waiting: number };
  /** How far the clocks of the servers are ahead of this process's, milliseconds. */
  clockSkewMs(): Promise<{ mysql: number; redis: number }>;
}

/** Gauges of every process. */
export function registerCoreGauges(registry: Registry, servers: ServersInUse): void {
  readGauges(registry, () => servers.health(), [
    {
      name: 'coupon_dependency_up',
      help: 'Whether a server answers this process: database (MySQL), gate (Redis), cache (Redis); 1 or 0.',
      labelNames: ['dependency'],
      values: (health) =>
        Object.entries(health).map(
          ([dependency, state]) => [{ dependency }, state === 'up' ? 1 : 0] as const,
        ),
    },
  ]);
  readGauges(registry, () => servers.poolUse(), [
    {
      name: 'coupon_database_pool_connections',
      help: "Connections of this process's pool to MySQL, by what they do: busy or idle.",
      labelNames: ['state'],
      values: ({ busy, idle }) => [
        [{ state: 'busy' }, busy],
        [{ state: 'idle' }, idle],
      ],
    },
    {
      name: 'coupon_database_pool_waiting',
      help: 'Calls that wait for a connection to MySQL.',
      values: ({ waiting }) => [[{}, waiting]],
    },
  ]);
  readGauges(registry, () => servers.clockSkewMs(), [
    {
      name: 'coupon_clock_skew_seconds',
      help: "How far a server's clock is ahead of this process's: mysql, which opens V1, and redis, which opens V2.",
      labelNames: ['server'],
      values: ({ mysql, redis }) => [
        [{ server: 'mysql' }, mysql / 1_000],
        [{ server: 'redis' }, redis / 1_000],
      ],
    },
  ]);
}
