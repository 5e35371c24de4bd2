import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { CouponId } from '../../coupon/ids.js';
import type { GateAddress } from '../../issuance/gate.js';
import type { Keys } from './keys.js';

const REPORTED_MAX = 10_000;
/** A gate that is shut in the middle of a rush is met thousands of times a second. */
const REPORT_EVERY_MS = 500;

/** Coupons whose gate was met shut, left for whoever rebuilds: those that people ask for come first. */
export class ShutGates {
  private readonly reported = new LRUCache<CouponId, true>({ max: REPORTED_MAX, ttl: REPORT_EVERY_MS });

  constructor(
    private readonly redis: Redis,
    private readonly keys: Keys,
  ) {}

  /** A hint, so nobody waits for it. */
  report({ couponId, shard }: GateAddress): void {
    if (this.reported.has(couponId)) return;
    this.reported.set(couponId, true);
    this.redis.sadd(this.keys.shut(shard), couponId).catch(() => undefined);
  }

  async take(shard: number, max: number): Promise<CouponId[]> {
    return (await this.redis.spop(this.keys.shut(shard), max)).map((id) => Number(id) as CouponId);
  }
}
