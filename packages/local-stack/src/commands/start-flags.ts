import { parseArgs } from 'node:util';
import type { ProcessCounts } from '../stack/app-processes.js';
import { STACK_OPTIONS, stackFlags } from './stack-flags.js';

export interface StartFlags {
  help: boolean;
  /** Empties the stack's folder first. */
  reset: boolean;
  /** Starts Prometheus as well. */
  observe: boolean;
  /** Settings that flags stand for, as the environment would have them. */
  settings: Record<string, string>;
  processes: ProcessCounts;
}

const PORT_FLAGS = { 'api-port': 'COUPON_API_PORT', 'consumer-port': 'COUPON_CONSUMER_PORT' } as const;

export const START_USAGE = `start [--reset] [--observe] [--api-port N] [--consumer-port N] [--api-processes N] [--consumer-processes N]
      [--queue redis-stream|redis-zset|kafka]

  --reset                 empties the data of earlier starts (.local); given servers are left alone
  --observe               Prometheus too, with the rules of prometheus/, and node_exporter
  --api-port N            the same as COUPON_API_PORT=N (8080)
  --consumer-port N       the same as COUPON_CONSUMER_PORT=N (9091)
  --api-processes N       1 to 32 processes (1); each further one has a port 10 higher
  --consumer-processes N  the same for the consumer
  --queue DRIVER          the same as QUEUE_DRIVER=DRIVER (redis-stream)

MYSQL_URL, REDIS_URL and CACHE_REDIS_URL name servers to be used instead of private ones.`;

/** @throws with the usage for an unknown flag */
export function parseStartFlags(args: string[]): StartFlags {
  // pnpm passes the two dashes on that separate its own flags from ours.
  const own = args[0] === '--' ? args.slice(1) : args;
  try {
    const { values } = parseArgs({
      args: own,
      options: {
        help: { type: 'boolean', short: 'h' },
        reset: { type: 'boolean' },
        observe: { type: 'boolean' },
        'api-port': { type: 'string' },
        'consumer-port': { type: 'string' },
        ...STACK_OPTIONS,
      },
    });
    const { processes, settings: ofStack } = stackFlags(values);
    const settings: Record<string, string> = { ...ofStack };
    for (const flag of ['api-port', 'consumer-port'] as const) {
      const value = values[flag];
      if (value !== undefined) settings[PORT_FLAGS[flag]] = value;
    }
    const { help = false, reset = false, observe = false } = values;
    return { help, reset, observe, settings, processes };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n\n${START_USAGE}`);
  }
}
