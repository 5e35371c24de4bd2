import { LRUCache } from 'lru-cache';
import type { CouponStore } from '../campaign/coupon-store.js';
import type { Admission, IssueMode, LockStrategy } from '../coupon/coupon.js';
import type { CouponId } from '../coupon/ids.js';

/** What has to be known of a coupon before the gate or the lock is asked. */
export interface CouponDoor {
  couponId: CouponId;
  shard: number;
  issueMode: IssueMode;
  admission: Admission;
  lockStrategy: LockStrategy;
  perUserLimit: number;
}

const DOORS_MAX = 100_000;
const UNKNOWN_TTL_MS = 250;
const UNKNOWN: unique symbol = Symbol('unknown');

/**
 * Remembers the doors of published coupons without a time limit, because nothing in them changes after DRAFT; so an
 * open coupon is requested without MySQL. Unknown and DRAFT coupons are remembered shortly, against floods.
 */
export class CouponDoors {
  private readonly doors = new LRUCache<CouponId, CouponDoor | typeof UNKNOWN>({
    max: DOORS_MAX,
    fetchMethod: async (id, _stale, { options }) => {
      const coupon = await this.store.find(id);
      if (coupon && coupon.state !== 'DRAFT') {
        const { shard, issueMode, admission, lockStrategy, perUserLimit } = coupon;
        return { couponId: id, shard, issueMode, admission, lockStrategy, perUserLimit };
      }
      options.ttl = UNKNOWN_TTL_MS;
      return UNKNOWN;
    },
  });

  constructor(private readonly store: CouponStore) {}

  /** At once where the coupon is known already. */
  known(id: CouponId): CouponDoor | undefined {
    const door = this.doors.get(id);
    return door === UNKNOWN ? undefined : door;
  }

  /** null: there is no such coupon to the public. Throws `StoreUnavailable`. */
  async find(id: CouponId): Promise<CouponDoor | null> {
    const door = await this.doors.fetch(id);
    return door === undefined || door === UNKNOWN ? null : door;
  }
}
