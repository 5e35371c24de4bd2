import { LRUCache } from 'lru-cache';
import type { CouponId } from '../coupon/ids.js';
import { CouponLevel, type KeptReading } from './coupon-level.js';
import { versionOf } from './coupon-reading.js';

const COUPONS_MAX = 10_000;
/** So old a reading may become, wherever it spent its time (I10). */
const AGE_MS_MAX = 10_000;
/** Unknown ids, over both levels: short, because such a coupon may be opened at any moment. */
const UNKNOWN_AGE_MS_MAX = 1_000;
/** Lives are shortened by up to this part, so that what was read together does not end together. */
const JITTER = 0.2;

/** L1: what this process remembers. */
export class LocalLevel extends CouponLevel {
  private readonly kept: LRUCache<CouponId, KeptReading>;

  constructor(
    private readonly ageMsMax = AGE_MS_MAX,
    couponsMax = COUPONS_MAX,
  ) {
    super();
    this.kept = new LRUCache({ max: couponsMax });
  }

  get(id: CouponId): KeptReading | undefined {
    return this.kept.get(id);
  }

  put(readings: ReadonlyMap<CouponId, KeptReading>): true {
    for (const [id, kept] of readings) {
      const present = this.kept.get(id);
      if (present && versionOf(present.reading) > versionOf(kept.reading)) continue;
      const ageMsMax = kept.reading === null ? UNKNOWN_AGE_MS_MAX : this.ageMsMax;
      const lifeMs = ageMsMax * (1 - JITTER * Math.random()) - (performance.now() - kept.trueAt);
      if (lifeMs > 0) this.kept.set(id, kept, { ttl: lifeMs });
      else this.kept.delete(id);
    }
    return true;
  }

  /** Forgets what is older than this version. */
  drop(id: CouponId, version: number): void {
    const present = this.kept.peek(id);
    if (present && versionOf(present.reading) < version) this.kept.delete(id);
  }

  clear(): void {
    this.kept.clear();
  }
}
