import { CouponStore } from '../campaign/coupon-store.js';
import type { Coupon } from '../coupon/coupon.js';
import type { CouponId } from '../coupon/ids.js';

type Row = { coupon: Coupon; asOf: number };

const unused = () => {
  throw new Error('This store answers `look` alone.');
};

/** Rows that a test sets by hand. A test may hold an answer back, or make it fail. */
export class ScriptedCouponStore extends CouponStore {
  readonly rows = new Map<CouponId, Row>();
  /** The ids of each call of `look`. */
  readonly looks: CouponId[][] = [];
  /** Awaited by each `look`, after it has read. */
  before: () => Promise<unknown> = () => Promise.resolve();

  async look(ids: readonly CouponId[]): Promise<Map<CouponId, Row>> {
    this.looks.push([...ids]);
    const found = new Map(
      ids.flatMap((id) => (this.rows.has(id) ? [[id, this.rows.get(id)!] as const] : [])),
    );
    await this.before();
    return found;
  }

  override create = unused;
  override find = unused;
  override findChanged = unused;
  override list = unused;
  override moveState = unused;
  override edit = unused;
  override changeTotal = unused;
  override finishDecrease = unused;
  override findUntakenViews = unused;
  override findServed = unused;
  override markTaken = unused;
  override findLiveGates = unused;
  override now = unused;
}
