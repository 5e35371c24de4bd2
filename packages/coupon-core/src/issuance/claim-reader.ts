import { personOf } from '../coupon/claimant.js';
import type { Claimant, CouponId } from '../coupon/ids.js';
import type { Issue } from '../coupon/issue.js';
import type { ClaimView } from './claim-view.js';
import type { HeldClaim } from './gate.js';
import type { IssueReader } from './issue-store.js';
import type { Receipts } from './receipts.js';

/** Puts together what the gate holds, read first, and what MySQL has decided, read second. */
export class ClaimReader {
  constructor(
    private readonly issues: IssueReader,
    private readonly receipts: Receipts,
  ) {}

  /** The final row alone: null where there is none. Throws where MySQL did not answer. */
  findRow(couponId: CouponId, claimant: Claimant): Promise<Issue | null> {
    return this.issues.find(couponId, claimant);
  }

  /** A claim admitted a moment ago: nothing can have been decided yet. */
  pending(couponId: CouponId, claimant: Claimant, held: HeldClaim): ClaimView {
    return {
      ...this.viewOf(couponId, claimant, held, null),
      status: 'PENDING',
      position: held.position,
      estimatedWaitMs: held.estimatedWaitMs,
    };
  }

  /** A claim that was there before; UNKNOWN while MySQL cannot be asked what became of it. */
  async read(couponId: CouponId, claimant: Claimant, held: HeldClaim): Promise<ClaimView> {
    let issue: Issue | null;
    try {
      issue = await this.issues.find(couponId, claimant);
    } catch {
      return { ...this.viewOf(couponId, claimant, held, null), status: 'UNKNOWN' };
    }
    return issue ? this.viewOf(couponId, claimant, held, issue) : this.pending(couponId, claimant, held);
  }

  viewOf(couponId: CouponId, claimant: Claimant, held: HeldClaim | null, issue: Issue | null): ClaimView {
    const ticketed = held?.claim.kind === 'TICKET' ? held.claim : null;
    return {
      couponId,
      userId: personOf(claimant),
      status: issue?.status ?? 'UNKNOWN',
      ticket: ticketed?.ticket ?? issue?.claim?.ticket ?? null,
      position: null,
      estimatedWaitMs: null,
      receipt:
        held && ticketed
          ? this.receipts.sign({ couponId, userId: claimant, ...ticketed, gateTime: held.gateTime })
          : null,
      issue,
    };
  }
}
