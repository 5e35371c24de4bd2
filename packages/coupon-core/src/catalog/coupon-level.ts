import type { CouponId } from '../coupon/ids.js';
import { ServerAway } from '../issuance/server-away.js';
import type { CouponReading } from './coupon-reading.js';

export interface KeptReading {
  reading: CouponReading;
  /** When the row is known to have said so, by `performance.now()` of this process. */
  trueAt: number;
}

/** One level of the cache. It may lose everything at any time, and never throws: what it cannot reach is a miss. */
export abstract class CouponLevel {
  /** `undefined` is a miss. That there is no such coupon (`reading` null) is not. */
  abstract get(id: CouponId): KeptReading | undefined | Promise<KeptReading | undefined>;

  /** An older version never replaces a newer one. False where the level could not be reached. */
  abstract put(readings: ReadonlyMap<CouponId, KeptReading>): boolean | Promise<boolean>;
}

/**
 * The level that processes share. What it holds is trusted for long only because somebody confirms that every change
 * has arrived in it: `confirm` says so of all changes committed after `since`, up to `moment`. Without a confirmation
 * of the last seconds, and of readings from before `since`, all is a miss.
 */
export abstract class SharedCouponLevel extends CouponLevel {
  abstract override get(id: CouponId): Promise<KeptReading | undefined>;
  abstract override put(readings: ReadonlyMap<CouponId, KeptReading>): Promise<boolean>;

  /** The level's own clock, milliseconds; null where it could not be reached. */
  abstract now(): Promise<number | null>;

  /** `moment` by the level's clock, `since` by MySQL's. */
  abstract confirm(moment: number, since: number): Promise<boolean>;
}

/** The cache's server did not answer; nothing depends on it. */
export class CacheUnreachable extends ServerAway {
  override readonly name = 'CacheUnreachable';
}
