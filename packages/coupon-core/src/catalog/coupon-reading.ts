import type { Coupon } from '../coupon/coupon.js';

/** A coupon as its row was at `asOf`, by MySQL's clock; null: there is no such coupon to the public. */
export type CouponReading = { coupon: Coupon; asOf: number } | null;

/** Where a reading came from: this process's memory, the cache's server, or the row itself. */
export type ReadFrom = 'L1' | 'L2' | 'DB';

/** A DRAFT does not exist to the public. */
export const publicReading = (row: CouponReading): CouponReading =>
  row === null || row.coupon.state === 'DRAFT' ? null : row;

/** The order of readings of one coupon. An unknown coupon comes before all of its versions. */
export const versionOf = (reading: CouponReading): number => reading?.coupon.version ?? 0;
