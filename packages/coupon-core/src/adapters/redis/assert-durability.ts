import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';

const REQUIRED = { 'maxmemory-policy': 'noeviction', appendonly: 'yes', appendfsync: 'always' } as const;

/** Throws where the gate's server would lose what it has acknowledged; warns where it does not let itself be asked. */
export async function assertDurability(redis: Redis): Promise<void> {
  for (const [setting, wanted] of Object.entries(REQUIRED)) {
    let found: string | undefined;
    try {
      found = ((await redis.config('GET', setting)) as string[])[1];
    } catch (cause) {
      new Logger('Redis').warn(`${setting} of the gate's server cannot be read: ${(cause as Error).message}`);
      return;
    }
    if (found !== wanted) {
      throw new Error(
        `The gate's server has ${setting} = ${found}, and needs ${wanted}. For a managed server with replication set GATE_DURABILITY=replicated.`,
      );
    }
  }
}
