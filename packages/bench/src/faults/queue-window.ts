import { Redis } from 'ioredis';
import type { PrivateSystem } from './private-system.js';

/** What waits in the queue of shard 0, seen from outside. */
export interface QueueView {
  entries: number;
  /** Of these, read by a consumer and not acknowledged. */
  pending: number;
  /** Each user's tickets, in the order of the queue. */
  tickets: Map<string, number[]>;
}

/** The key and the fields follow the layout that coupon-core documents: `u` users, `t` ticket of the first of them. */
const QUEUE = 'fcfs1:{0}:queue';

export async function readQueue(system: PrivateSystem): Promise<QueueView> {
  const redis = new Redis(system.gate.url, { maxRetriesPerRequest: 1 });
  // The command that needed the connection says what is wrong with it.
  redis.on('error', () => undefined);
  try {
    const entries = await redis.xrange(QUEUE, '-', '+');
    return { entries: entries.length, pending: await readPending(redis), tickets: ticketsOf(entries) };
  } finally {
    redis.disconnect();
  }
}

/** Of all consumer groups; the name of the group is the system's own affair. */
async function readPending(redis: Redis): Promise<number> {
  if ((await redis.exists(QUEUE)) === 0) return 0;
  const groups = (await redis.xinfo('GROUPS', QUEUE)) as (string | number)[][];
  return groups.reduce((sum, fields) => sum + Number(fields[fields.indexOf('pending') + 1]), 0);
}

function ticketsOf(entries: readonly [id: string, fields: string[]][]): QueueView['tickets'] {
  const tickets: QueueView['tickets'] = new Map();
  for (const [, flat] of entries) {
    const field = (name: string) => flat[flat.indexOf(name) + 1]!;
    if (!flat.includes('u')) continue;
    for (const [index, user] of field('u').split(',').entries()) {
      tickets.set(user, [...(tickets.get(user) ?? []), Number(field('t')) + index]);
    }
  }
  return tickets;
}
