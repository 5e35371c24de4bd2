import type { Redis } from 'ioredis';
import type { CouponId } from '../../coupon/ids.js';
import { IssuanceQueue, type Pace, type QueueBatch } from '../../issuance/issuance-queue.js';
import { epochsOf } from './gate-epochs.js';
import type { Keys } from './keys.js';
import { decodeName } from './line-entry.js';
import { reaching } from './reaching.js';
import { Script } from './script.js';

const REAPED_MAX = 1_000;

type Epochs = string[];

/** The waiting lines of a shard's coupons, from which one consumer takes whoever is first, at the pace that is set. */
export class RedisWaitingLine extends IssuanceQueue {
  private readonly takeScript = new Script<[names: string[], Epochs, waitMs?: number]>('take-1', 'line');
  private readonly readScript = new Script<[names: string[], Epochs]>('read-taken-1', 'line');
  private readonly reapScript = new Script<number>('reap-1', 'line');
  private readonly acknowledgeScript = new Script<number>('acknowledge-2', 'line');
  /** Until when no coupon of a shard may be served, as far as is known, by this process's clock. */
  private readonly restUntil = new Map<number, number>();

  /** `waiting` is a connection of its own, because it blocks. */
  constructor(
    private readonly redis: Redis,
    private readonly waiting: Redis,
    private readonly keys: Keys,
    private readonly consumer: string,
    private readonly pace: Pace | null = null,
  ) {
    super();
  }

  async readNew(shard: number, claimsMax: number): Promise<QueueBatch | null> {
    const { claims, pauseMs } = portionOf(this.pace, claimsMax);
    const args = [this.consumer, claimsMax, this.keys.gatePrefix(shard), claims, pauseMs];
    const [names, epochs, waitMs] = await reaching(() =>
      this.takeScript.run(this.redis, [this.keys.queue(shard)], args),
    );
    this.restUntil.set(shard, waitMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + waitMs);
    return batchOf(shard, names, epochs);
  }

  async readOwnPending(shard: number, afterId: string, claimsMax: number): Promise<QueueBatch | null> {
    const args = [this.consumer, afterId, claimsMax, this.keys.gatePrefix(shard)];
    const [names, epochs] = await reaching(() =>
      this.readScript.run(this.redis, [this.keys.queue(shard)], args),
    );
    return batchOf(shard, names, epochs);
  }

  /** They stand in line again, where they stood. */
  reclaim(shard: number, idleMs: number): Promise<number> {
    return reaching(() => this.reapScript.run(this.redis, [this.keys.queue(shard)], [idleMs, REAPED_MAX]));
  }

  async acknowledge(
    shard: number,
    entries: readonly { id: string; couponId: CouponId | null; claims: number }[],
  ): Promise<void> {
    if (entries.length === 0) return;
    const keys = [this.keys.queue(shard), this.keys.drain(shard)];
    const args = entries.flatMap(({ id, couponId, claims }) => [id, couponId ?? '', claims]);
    const fixed = [this.consumer, this.keys.gatePrefix(shard)];
    await reaching(() => this.acknowledgeScript.run(this.redis, keys, [...fixed, ...args]));
  }

  async waitForEntries(shard: number, timeoutMs: number): Promise<void> {
    const restMs = (this.restUntil.get(shard) ?? 0) - Date.now();
    // Zero would be for ever.
    const waitMs = Math.max(1, Math.min(timeoutMs, restMs));
    await reaching(() => this.waiting.blpop(this.keys.bell(shard), waitMs / 1_000));
  }

  depth(shard: number): Promise<number> {
    return reaching(async () => Number(await this.redis.get(this.keys.lineSize(shard))));
  }
}

/**
 * How many of one coupon are taken at once, and how long it is left alone afterwards: within any time as long as the
 * pace's no more than its claims are taken.
 */
export function portionOf(pace: Pace | null, claimsMax: number): { claims: number; pauseMs: number } {
  if (!pace) return { claims: claimsMax, pauseMs: 0 };
  const claims = Math.min(pace.claims, claimsMax);
  return { claims, pauseMs: Math.ceil((pace.ms * claims) / pace.claims) };
}

function batchOf(shard: number, names: readonly string[], epochs: Epochs): QueueBatch | null {
  if (names.length === 0) return null;
  const batch: QueueBatch = {
    shard,
    entries: [],
    unreadable: [],
    epochs: epochsOf(epochs),
    lastId: names.at(-1)!,
  };
  for (const name of names) {
    const entry = decodeName(name);
    if ('cause' in entry) batch.unreadable.push(entry);
    else batch.entries.push(entry);
  }
  return batch;
}
