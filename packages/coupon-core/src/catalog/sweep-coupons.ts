import type { ChangedCoupon, CouponStore } from '../campaign/coupon-store.js';
import type { CouponId } from '../coupon/ids.js';
import { Rounds } from '../issuance/rounds.js';
import { CacheUnreachable, type KeptReading, type SharedCouponLevel } from './coupon-level.js';
import type { CouponMessages } from './coupon-messages.js';
import { publicReading, versionOf } from './coupon-reading.js';

const SWEEP_EVERY_MS = 1_000;
const COUPONS_PER_PAGE = 200;
const PAGES_PER_SWEEP = 50;
/** A row says when its statement ran and is seen when its transaction has committed: at most so much later. */
const COMMIT_MS_MAX = 15_000;

/** Up to here, in order of change and id, every change has been passed on. */
interface Place {
  updatedAt: number;
  id: CouponId;
}

/**
 * Puts every coupon that changed into L2 and tells all processes, whatever became of the hint after its commit, and
 * confirms L2 when all is in it. So counters in L2 follow a rush by about a second, without an event for each issue.
 */
export class SweepCoupons extends Rounds {
  /** The first round of this process; what L2 holds from before it, nobody vouches for. */
  private since: number | null = null;
  private place: Place = { updatedAt: 0, id: 0 as CouponId };
  /** What was passed on of rows that will be looked at again. */
  private readonly passedOn = new Map<CouponId, ChangedCoupon>();

  constructor(
    private readonly store: CouponStore,
    private readonly shared: SharedCouponLevel,
    private readonly messages: CouponMessages,
    private readonly couponsPerPage = COUPONS_PER_PAGE,
  ) {
    super('passing on changes of coupons', SWEEP_EVERY_MS);
  }

  /** One round; answers how many coupons it passed on. Where more have changed than one round takes, the next goes on. */
  async sweep(): Promise<number> {
    const moment = await this.shared.now();
    if (moment === null) throw new CacheUnreachable('The cache did not answer.');
    const now = await this.store.now();
    if (this.since === null) {
      this.since = now;
      this.place = startOf(now);
    }
    let passedOn = 0;
    for (let page = 0; page < PAGES_PER_SWEEP; page += 1) {
      const changed = await this.store.findChanged(this.place.updatedAt, this.place.id, this.couponsPerPage);
      passedOn += await this.passOn(
        changed.filter(({ id, version }) => this.passedOn.get(id)?.version !== version),
      );
      if (changed.length < this.couponsPerPage) {
        await this.shared.confirm(moment, this.since);
        this.lookAgainFrom(startOf(now));
        return passedOn;
      }
      this.place = changed.at(-1)!;
    }
    return passedOn;
  }

  private async passOn(changed: readonly ChangedCoupon[]): Promise<number> {
    if (changed.length === 0) return 0;
    const trueAt = performance.now();
    const rows = await this.store.look(changed.map(({ id }) => id));
    const readings = new Map<CouponId, KeptReading>();
    for (const [id, row] of rows) {
      const reading = publicReading(row);
      if (reading) readings.set(id, { reading, trueAt });
    }
    if (readings.size > 0) {
      if (!(await this.shared.put(readings))) throw new CacheUnreachable('The cache did not answer.');
      await this.messages.publish(
        new Map([...readings].map(([id, { reading }]) => [id, versionOf(reading)] as const)),
      );
    }
    for (const coupon of changed) this.passedOn.set(coupon.id, coupon);
    return readings.size;
  }

  private lookAgainFrom(place: Place): void {
    this.place = place;
    for (const [id, { updatedAt }] of this.passedOn)
      if (updatedAt < place.updatedAt) this.passedOn.delete(id);
  }

  protected override goRound(): Promise<unknown> {
    return this.sweep();
  }
}

const startOf = (now: number): Place => ({ updatedAt: now - COMMIT_MS_MAX, id: 0 as CouponId });
