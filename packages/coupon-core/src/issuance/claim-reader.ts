import type { CouponId, UserId } from '../coupon/ids.js';
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

  /** The final row alone: null where there is none, undefined where MySQL did not answer. */
  findRow(couponId: CouponId, userId: UserId): Promise<Issue | null | undefined> {
    return this.issues.find(couponId, userId).catch(() => undefined);
  }

  /** A claim admitted a moment ago: nothing can have been decided yet. */
  pending(couponId: CouponId, userId: UserId, held: HeldClaim): ClaimView {
    return {
      ...this.viewOf(couponId, userId, held, null),
      status: 'PENDING',
      position: held.position,
      estimatedWaitMs: held.estimatedWaitMs,
    };
  }

  /** A claim that was there before; UNKNOWN while MySQL cannot be asked what became of it. */
  async read(couponId: CouponId, userId: UserId, held: HeldClaim): Promise<ClaimView> {
    let issue: Issue | null;
    try {
      issue = await this.issues.find(couponId, userId);
    } catch {
      return { ...this.viewOf(couponId, userId, held, null), status: 'UNKNOWN' };
    }
    return issue ? this.viewOf(couponId, userId, held, issue) : this.pending(couponId, userId, held);
  }

  viewOf(couponId: CouponId, userId: UserId, held: HeldClaim | null, issue: Issue | null): ClaimView {
    const ticketed = held?.claim.kind === 'TICKET' ? held.claim : null;
    return {
      couponId,
      userId,
      status: issue?.status ?? 'UNKNOWN',
      ticket: ticketed?.ticket ?? issue?.claim?.ticket ?? null,
      position: null,
      estimatedWaitMs: null,
      receipt:
        held && ticketed
          ? this.receipts.sign({ couponId, userId, ...ticketed, gateTime: held.gateTime })
          : null,
      issue,
    };
  }
}
