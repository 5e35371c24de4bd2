import type { CouponId } from '../coupon/ids.js';

/** Messages of one partition that the group has not acknowledged. */
export interface TopicLag {
  group: string;
  partition: number;
  messages: number;
}

/** Entries that have left the queue and are not decided yet, because they go through a topic. */
export abstract class RelayedEntries {
  /**
   * Resolves when everything is decided that has left the queue before this call, or all that was sent of one coupon.
   * @throws StillRelayed where that takes too long
   */
  abstract untilSettled(couponId?: CouponId): Promise<void>;

  /** What of them stands in each partition. */
  abstract lag(): Promise<TopicLag[]>;
}

/** Where entries leave the queue when they are decided. */
export const NOTHING_RELAYED: RelayedEntries = { untilSettled: async () => undefined, lag: async () => [] };

/** It goes on, and may be asked for again. */
export class StillRelayed extends Error {
  override readonly name = 'StillRelayed';
}
