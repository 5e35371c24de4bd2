import type { CouponStore } from '../campaign/coupon-store.js';
import type { GateView } from '../coupon/coupon.js';
import type { CouponId } from '../coupon/ids.js';
import type { Gate, ViewReply } from './gate.js';
import { Rounds } from './rounds.js';

const SWEEP_EVERY_MS = 250;
const COUPONS_PER_SWEEP = 500;

/**
 * Repeats what the rows say to the gate, until the gate has taken it: hints after a commit may be lost. Ends what was
 * announced and is not decided.
 */
export class SweepGate extends Rounds {
  private afterId = 0;

  constructor(
    private readonly store: CouponStore,
    private readonly gate: Gate,
    private readonly couponsMax = COUPONS_PER_SWEEP,
    /** Told of every coupon whose gate has learned something. */
    private readonly onTaken: (couponId: CouponId, shard: number) => void = () => undefined,
  ) {
    super('telling the gate what the rows say', SWEEP_EVERY_MS);
  }

  /**
   * One round over one page of coupons; answers how many of them the gate has taken. The next round goes on behind
   * it, so that coupons whose gate waits for a rebuild do not keep the others from being heard.
   */
  async sweep(): Promise<number> {
    const untaken = await this.store.findUntakenViews(this.couponsMax, this.afterId);
    this.afterId = untaken.length < this.couponsMax ? 0 : untaken.at(-1)!.couponId;
    if (untaken.length === 0) return 0;
    const replies = await this.gate.update(untaken.map((view) => ({ view, issuedByV1: [] })));
    await this.finishDecreases(untaken, replies);
    const taken = untaken.filter((_view, i) => replies[i] !== 'NOT_INITIALISED');
    for (const { couponId, shard } of taken) this.onTaken(couponId, shard);
    // A decrease that is announced stays due until it is ended.
    await this.store.markTaken(taken.filter(({ decrease }) => decrease === null));
    return taken.length;
  }

  /** Whoever announced one may be dead. Its end moves the version, so that the gate is told of it in the next round. */
  private async finishDecreases(views: readonly GateView[], replies: readonly ViewReply[]): Promise<void> {
    for (const [i, { couponId, decrease }] of views.entries()) {
      if (decrease === null || (replies[i] !== 'FITS' && replies[i] !== 'APPLIED')) continue;
      await this.store.finishDecrease(couponId, decrease.id, replies[i] === 'FITS');
    }
  }

  protected override goRound(): Promise<unknown> {
    return this.sweep();
  }
}
