import { WITHOUT_GATE } from '../coupon/decide-settlement.js';
import type { Claimant, CouponId } from '../coupon/ids.js';
import { BatchFigures } from '../metrics/process-metrics.js';
import { Combiner } from './combiner.js';
import type { IssueStore } from './issue-store.js';
import type { RelayedEntries } from './relayed-entries.js';

/** One look at the topic after the other: whoever comes meanwhile needs an end that is noted behind their coming. */
const LIMITS = { membersMax: 500, inFlightMax: 1, pendingMax: 20_000, deadlineMs: 3_500 };

/**
 * Whether anything is decided, or kept for a decision, of what somebody has sent without a gate. The topic cannot be asked
 * who waits in it, so it is asked whether nobody of the coupon does, for all who wait for the answer together.
 */
export class FindDecision {
  private readonly combiner = new Combiner<CouponId, Claimant, boolean>(
    LIMITS,
    (couponId, claimants) => this.findTogether(couponId, claimants),
    new BatchFigures('decision'),
  );

  constructor(
    private readonly undecided: Pick<RelayedEntries, 'untilSettled'>,
    private readonly store: Pick<IssueStore, 'findUndecided'>,
  ) {}

  /**
   * False: nothing that was accepted of this claimant before this call will ever be decided otherwise.
   * @throws StillRelayed where somebody of the coupon goes on waiting in the topic
   */
  execute(couponId: CouponId, claimant: Claimant): Promise<boolean> {
    return this.combiner.submit(couponId, claimant);
  }

  /** Answers everything that was submitted, then takes nothing more. */
  close(): Promise<void> {
    return this.combiner.close();
  }

  private async findTogether(couponId: CouponId, claimants: Claimant[]): Promise<boolean[]> {
    await this.undecided.untilSettled(couponId);
    const claims = claimants.map((userId) => ({ userId, ...WITHOUT_GATE }));
    const unknown = new Set((await this.store.findUndecided(couponId, claims)).map(({ userId }) => userId));
    return claimants.map((claimant) => !unknown.has(claimant));
  }
}
