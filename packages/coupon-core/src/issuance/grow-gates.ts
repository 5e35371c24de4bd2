import type { CouponId } from '../coupon/ids.js';
import type { Gate, GateAddress } from './gate.js';
import { Rounds } from './rounds.js';

const GROW_EVERY_MS = 500;
/** Coupons looked at together: their commands travel in one write. */
const AT_ONCE = 50;
/** Coupons noticed between two rounds; whoever is not among them is noticed again. */
const NOTICED_MAX = 10_000;

/**
 * Makes room in gates that have outgrown what they were made for. It looks at those that were drained or told
 * something lately: no other can have more claims than before. What is left undone, somebody else goes on with.
 */
export class GrowGates extends Rounds {
  private noticed = new Map<CouponId, GateAddress>();

  constructor(private readonly gate: Gate) {
    super('making room in gates', GROW_EVERY_MS);
  }

  notice(couponId: CouponId, shard: number): void {
    if (this.noticed.size < NOTICED_MAX) this.noticed.set(couponId, { couponId, shard });
  }

  /** One round over all that were noticed since the last. */
  async grow(): Promise<void> {
    const gates = [...this.noticed.values()];
    this.noticed = new Map();
    for (let from = 0; from < gates.length; from += AT_ONCE) {
      await Promise.all(gates.slice(from, from + AT_ONCE).map((at) => this.growFully(at)));
    }
  }

  private async growFully(at: GateAddress): Promise<void> {
    let steps = 0;
    while (!this.isStopping && (await this.gate.grow(at))) steps += 1;
    if (steps > 0) this.log.log(`coupon ${at.couponId}: its gate has grown`);
  }

  protected override goRound(): Promise<unknown> {
    return this.grow();
  }
}
