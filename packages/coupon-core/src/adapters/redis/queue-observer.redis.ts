import type { Redis } from 'ioredis';
import type { Coupon } from '../../coupon/coupon.js';
import type { Backlog, QueueObserver } from '../../metrics/worker-gauges.js';
import { GROUP } from './issuance-queue.redis.js';
import type { Keys } from './keys.js';
import { Script } from './script.js';

export class RedisQueueObserver implements QueueObserver {
  private readonly measureLine = new Script<[now: number, claims: number, taken: number, oldestAt: number]>(
    'measure-1',
    'line',
  );

  constructor(
    private readonly redis: Redis,
    private readonly keys: Keys,
    private readonly shards: number,
  ) {}

  backlogs(): Promise<Backlog[]> {
    return Promise.all(Array.from({ length: this.shards }, (_, shard) => this.backlog(shard)));
  }

  async admitted(coupons: readonly Coupon[]): Promise<(number | null)[]> {
    const counts = await Promise.all(
      coupons.map(({ shard, id }) => this.redis.hget(this.keys.gate(shard, id), 'admitted')),
    );
    return counts.map((count) => (count === null ? null : Number(count)));
  }

  private backlog(shard: number): Promise<Backlog> {
    return this.keys.queueLayout === 'line' ? this.backlogOfLine(shard) : this.backlogOfStream(shard);
  }

  /** An entry of a line is a claim. */
  private async backlogOfLine(shard: number): Promise<Backlog> {
    const [now, claims, taken, oldestAt] = await this.measureLine.run(
      this.redis,
      [this.keys.queue(shard)],
      [],
    );
    const oldestAgeMs = oldestAt === 0 ? 0 : Math.max(0, now - oldestAt);
    return { shard, unread: claims - taken, pending: taken, claims, oldestAgeMs };
  }

  /** The commands leave together. */
  private async backlogOfStream(shard: number): Promise<Backlog> {
    const queue = this.keys.queue(shard);
    const [entries, pending, oldest, [seconds, micros], [enqueued, done]] = await Promise.all([
      this.redis.xlen(queue),
      this.pending(queue),
      this.redis.xrange(queue, '-', '+', 'COUNT', 1),
      this.redis.time(),
      this.redis.hmget(this.keys.drain(shard), 'enqueued', 'done'),
    ]);
    const now = Number(seconds) * 1_000 + Number(micros) / 1_000;
    return {
      shard,
      unread: Math.max(0, entries - pending),
      pending,
      // The counters are not those of these entries once the server has lost something.
      claims: entries === 0 ? 0 : Math.max(entries, Number(enqueued) - Number(done)),
      oldestAgeMs: oldest[0] ? Math.max(0, now - Number.parseInt(oldest[0][0], 10)) : 0,
    };
  }

  /** Before the first consumer there is no group. */
  private async pending(queue: string): Promise<number> {
    const [count] = (await this.redis.xpending(queue, GROUP).catch((cause: Error) => {
      if (cause.message.startsWith('NOGROUP')) return [0];
      throw cause;
    })) as [number];
    return count;
  }
}
