import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { GateCounters } from '../rush/evidence.js';

/** Where a coupon's gate lives. */
export interface GateAddress {
  shard: number;
  couponId: number;
}

export interface ClaimBytes {
  claims: number;
  bytes: number;
}

/** Long enough for the server to give back buffers that a load had grown. */
export const BUFFERS_SHRINK_MS = 2_000;

const LAYOUT = 1;
const SAMPLED_BUCKETS_MAX = 2_000;
const COMMAND_MS_MAX = 5_000;
const LOSE_EVERYTHING = `
  local keys = redis.call('KEYS', ARGV[1])
  for i = 1, #keys, 1000 do redis.call('UNLINK', unpack(keys, i, math.min(i + 999, #keys))) end
  return #keys`;
const REBUILD_POLL_MS = 5;
const REBUILD_MS_MAX = 300_000;

/** Reads the gate from outside. The key names follow the layout that coupon-core documents in its key builder. */
export class GateObserver {
  private readonly redis: Redis;

  constructor(
    redisUrl: string,
    private readonly namespace: string,
  ) {
    this.redis = new Redis(redisUrl, { commandTimeout: COMMAND_MS_MAX, maxRetriesPerRequest: 2 });
    // A broken connection is reported by the command that needed it.
    this.redis.on('error', () => undefined);
  }

  /** null: the gate has no such coupon. */
  async readCounters({ shard, couponId }: GateAddress): Promise<GateCounters | null> {
    const [capacity, admitted] = await this.redis.hmget(
      this.key(shard, `gate:${couponId}`),
      'capacity',
      'admitted',
    );
    return capacity && admitted ? { capacity: Number(capacity), admitted: Number(admitted) } : null;
  }

  /** Entries of the stream, or people in the waiting lines, that are not acknowledged yet. */
  async queueLength(shard: number): Promise<number> {
    const [entries, people] = await Promise.all([
      this.redis.xlen(this.key(shard, 'queue')),
      this.redis.get(this.key(shard, 'queue:size')),
    ]);
    return entries + Number(people);
  }

  /**
   * Makes the gate one of another run of its server, as a restart would that lost nothing, and answers after how many
   * milliseconds another one has taken its place.
   */
  async shutUntilRebuilt({ shard, couponId }: GateAddress): Promise<number> {
    const key = this.key(shard, `gate:${couponId}`);
    const before = await this.redis.hget(key, 'epoch');
    await this.redis.hset(key, 'runId', 'another');
    return this.untilRebuilt({ shard, couponId }, before);
  }

  /** `before`: the epoch of the gate that is shut, where there is anything left of it. */
  async untilRebuilt({ shard, couponId }: GateAddress, before: string | null = null): Promise<number> {
    const startedAt = performance.now();
    for (;;) {
      const [epoch, fence] = await this.redis.hmget(this.key(shard, `gate:${couponId}`), 'epoch', 'fence');
      const tookMs = performance.now() - startedAt;
      if (epoch && epoch !== before && !fence) return tookMs;
      if (tookMs > REBUILD_MS_MAX) throw new Error(`The gate of coupon ${couponId} was not rebuilt.`);
      await sleep(REBUILD_POLL_MS);
    }
  }

  /**
   * Removes every key of gates and queues at one moment, as FLUSHALL would, and nobody else's: the server may be
   * shared. Answers how many there were.
   */
  async loseEverything(): Promise<number> {
    return Number(await this.redis.eval(LOSE_EVERYTHING, 0, `${this.namespace}${LAYOUT}:{[0-9]*}:*`));
  }

  async usedMemoryBytes(): Promise<number> {
    const used = /^used_memory:(\d+)/m.exec(await this.redis.info('memory'));
    if (!used) throw new Error('INFO memory of the gate server names no used_memory.');
    return Number(used[1]);
  }

  /** CPU time that the gate server has used. */
  async cpuMicros(): Promise<number> {
    const info = await this.redis.info('cpu');
    const seconds = (name: string) => Number(new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1]);
    return (seconds('used_cpu_sys') + seconds('used_cpu_user')) * 1_000_000;
  }

  /** Size of the claim buckets and how many claims they hold; of many buckets, a sample spread evenly. */
  async sampleClaims({ shard, couponId }: GateAddress): Promise<ClaimBytes> {
    const [epoch, buckets] = await this.redis.hmget(this.key(shard, `gate:${couponId}`), 'epoch', 'buckets');
    if (!epoch || !buckets) throw new Error(`The gate has no coupon ${couponId}.`);
    const step = Math.max(1, Math.floor(Number(buckets) / SAMPLED_BUCKETS_MAX));
    const sample: ClaimBytes = { claims: 0, bytes: 0 };
    for (let bucket = 0; bucket < Number(buckets); bucket += step) {
      const key = this.key(shard, `c:${couponId}:${epoch}:${bucket}`);
      const [claims, bytes] = await Promise.all([this.redis.hlen(key), this.redis.memory('USAGE', key)]);
      sample.claims += claims;
      sample.bytes += bytes ?? 0;
    }
    return sample;
  }

  close(): void {
    this.redis.disconnect();
  }

  private key(shard: number, name: string): string {
    return `${this.namespace}${LAYOUT}:{${shard}}:${name}`;
  }
}
