import { Redis } from 'ioredis';
import { baselineKeys, claimKey } from './baseline-keys.js';

const HOUR_MS = 3_600_000;
const COMMANDS_PER_PIPELINE = 1_000;

/** Prepares and removes what the baselines keep in the gate's Redis. */
export class BaselineRedis {
  private readonly redis: Redis;

  constructor(url: string) {
    this.redis = new Redis(url);
    // A broken connection is reported by the command that needed it.
    this.redis.on('error', () => undefined);
  }

  async openCoupon(couponId: number, capacity: number): Promise<void> {
    const now = Date.now();
    await this.redis.hset(baselineKeys(couponId).coupon, {
      state: 'OPEN',
      startsAt: now - HOUR_MS,
      endsAt: now + HOUR_MS,
      capacity,
      tickets: 0,
    });
  }

  /** What the script has decided, read back from its keys. */
  async readCounts(couponId: number): Promise<{ tickets: number; claims: number; queued: number }> {
    const { coupon, claims, queue } = baselineKeys(couponId);
    const [tickets, held, queued] = await Promise.all([
      this.redis.hget(coupon, 'tickets'),
      this.redis.hlen(claims),
      this.redis.xlen(queue),
    ]);
    return { tickets: Number(tickets), claims: held, queued };
  }

  async removeCoupon(couponId: number): Promise<void> {
    await this.redis.del(...Object.values(baselineKeys(couponId)));
  }

  async setPerUser(couponId: number, users: readonly string[]): Promise<void> {
    await this.inPipelines(users, (pipeline, user, index) =>
      pipeline.set(claimKey(couponId, user), String(index + 1)),
    );
  }

  async removeSets(couponId: number, users: readonly string[]): Promise<void> {
    await this.inPipelines(users, (pipeline, user) => pipeline.del(claimKey(couponId, user)));
  }

  close(): void {
    this.redis.disconnect();
  }

  private async inPipelines(
    users: readonly string[],
    add: (pipeline: ReturnType<Redis['pipeline']>, user: string, index: number) => unknown,
  ): Promise<void> {
    for (let from = 0; from < users.length; from += COMMANDS_PER_PIPELINE) {
      const pipeline = this.redis.pipeline();
      const some = users.slice(from, from + COMMANDS_PER_PIPELINE);
      for (const [index, user] of some.entries()) add(pipeline, user, from + index);
      for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
    }
  }
}
