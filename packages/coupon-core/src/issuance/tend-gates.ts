import type { CouponStore } from '../campaign/coupon-store.js';
import { type Coupon, gateView } from '../coupon/coupon.js';
import type { Gate } from './gate.js';
import type { ReconcileGate } from './reconcile-gate.js';
import { Rounds } from './rounds.js';
import type { ShrinkGate } from './shrink-gate.js';

const ROUND_EVERY_MS = 60_000;
const COUPONS_PER_PAGE = 200;

/**
 * Once a minute, for every gate that holds claims: says again what its row says, has it compared with the rows, and
 * has it forget them when the campaign is over. Several consumers may do so at once; whatever they drive again twice is
 * settled once.
 */
export class TendGates extends Rounds {
  constructor(
    private readonly coupons: CouponStore,
    private readonly gate: Gate,
    private readonly reconcile: ReconcileGate,
    private readonly shrink: ShrinkGate,
    private readonly couponsMax = COUPONS_PER_PAGE,
  ) {
    super('comparing gates with their rows', ROUND_EVERY_MS, ROUND_EVERY_MS);
  }

  /** One round over all live gates, page by page. */
  async round(): Promise<void> {
    let afterId = 0;
    while (!this.isStopping) {
      const page = await this.coupons.findLiveGates(this.couponsMax, afterId);
      if (page.length > 0) await this.tend(page);
      if (page.length < this.couponsMax) return;
      afterId = page.at(-1)!.id;
    }
  }

  private async tend(page: readonly Coupon[]): Promise<void> {
    await this.gate.update(page.map((coupon) => ({ view: gateView(coupon), issuedByV1: [] })));
    await this.reconcile.execute(page);
    const now = await this.coupons.now();
    for (const coupon of page) await this.shrink.execute(coupon, now);
  }

  protected override goRound(): Promise<unknown> {
    return this.round();
  }
}
