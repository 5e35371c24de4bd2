import { Logger } from '@nestjs/common';
import { type Coupon, settledTickets } from '../coupon/coupon.js';
import type { Gate } from './gate.js';
import type { IssueStore } from './issue-store.js';
import { claimsToSettle, MARK_AGE_MS } from './reconcile-gate.js';

/** A window that has ended may be extended; a day later that is unlikely, and costs a rebuild. */
const AFTER_END_MS = 24 * 3_600_000;

/**
 * Has the gate of a campaign that is over forget its claims, once every one of them is in the rows: the memory is
 * needed for the next campaign, and repeats can be read from MySQL, since they are few by then.
 */
export class ShrinkGate {
  private readonly log = new Logger(ShrinkGate.name);

  constructor(
    private readonly store: IssueStore,
    private readonly gate: Gate,
    private readonly afterEndMs = AFTER_END_MS,
  ) {}

  /** `coupon`: its row, read a moment ago. False where the gate is needed, or where something is not settled yet. */
  async execute(coupon: Coupon, now: number): Promise<boolean> {
    const over = coupon.state === 'CLOSED' || now >= coupon.issueEndsAt + this.afterEndMs;
    if (!over) return false;
    const at = { couponId: coupon.id, shard: coupon.shard };
    const [counts] = (await this.gate.count(at.shard, [at.couponId], MARK_AGE_MS)).gates;
    // The row was read first: where the two are equal, every ticket that was given is settled.
    if (counts?.epoch !== coupon.epoch || counts.admitted !== settledTickets(coupon)) return false;
    for await (const page of this.gate.readClaims(at)) {
      const claims = claimsToSettle(counts.epoch, page);
      if ((await this.store.findUndecided(coupon.id, claims)).length > 0) return false;
    }
    if (!(await this.gate.shrink(at, counts))) return false;
    await this.store.markShrunk(coupon.id, counts.epoch);
    this.log.log(`coupon ${coupon.id}: it is over and settled, so its gate has forgotten the claims`);
    return true;
  }
}
