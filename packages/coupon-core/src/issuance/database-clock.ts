import type { CouponStore } from '../campaign/coupon-store.js';

const COMPARE_EVERY_MS = 60_000;
/** What took longer says too little; it is asked again by whoever comes next. */
const COMPARE_MS_MAX = 200;

/**
 * The database's clock, without a call a reading: it is compared with this process's every minute, beside whoever
 * asks. Off by half of the time that a comparison takes at the most, mostly a millisecond.
 */
export class DatabaseClock {
  private offset: number | null = null;
  private comparing: Promise<number> | null = null;
  private dueAt = 0;

  constructor(private readonly store: Pick<CouponStore, 'now'>) {}

  /** Milliseconds. Throws `StoreUnavailable` as long as the database has never answered. */
  async now(): Promise<number> {
    if (performance.now() >= this.dueAt) this.comparing ??= this.compare();
    const offset = this.offset ?? (await this.comparing!);
    return Math.round(performance.now() + offset);
  }

  private compare(): Promise<number> {
    const before = performance.now();
    const comparison = this.store
      .now()
      .then((now) => {
        const after = performance.now();
        const offset = now - (before + after) / 2;
        const isGood = after - before <= COMPARE_MS_MAX;
        if (isGood) this.dueAt = after + COMPARE_EVERY_MS;
        if (isGood || this.offset === null) this.offset = offset;
        return offset;
      })
      .finally(() => {
        this.comparing = null;
      });
    // Whoever has a clock goes by it as long as the database is away; whoever has none hears of that.
    comparison.catch(() => undefined);
    return comparison;
  }
}
