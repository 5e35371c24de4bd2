import type { CouponDoors } from '../catalog/coupon-doors.js';
import { claimantAt } from '../coupon/claimant.js';
import { hasGate } from '../coupon/coupon.js';
import type { Claimant, CouponId } from '../coupon/ids.js';
import type { Issue } from '../coupon/issue.js';
import type { ClaimReader } from './claim-reader.js';
import type { StatusAnswer } from './claim-view.js';
import type { Gate, LookUpReply } from './gate.js';
import type { IssueReader } from './issue-store.js';
import type { Receipts } from './receipts.js';
import type { RequestWithoutGate } from './request-without-gate.js';
import { rowsUnavailable } from './server-away.js';

/** Reads a claim without making one: the gate first, MySQL second, so that a claim on its way is never missed. */
export class ReadClaimStatus {
  constructor(
    private readonly doors: CouponDoors,
    private readonly gate: Gate,
    private readonly claims: ClaimReader,
    private readonly issues: IssueReader,
    private readonly receipts: Receipts,
    private readonly withoutGate: Pick<RequestWithoutGate, 'read'>,
  ) {}

  /** `receipt`: what an earlier answer said; whoever can show one is never told that nothing was requested. */
  async execute(couponId: CouponId, requester: Claimant, receipt: string | null): Promise<StatusAnswer> {
    const door = this.doors.known(couponId) ?? (await this.doors.find(couponId).catch(rowsUnavailable));
    if (door === null) return { outcome: 'REFUSED', code: 'COUPON_NOT_FOUND' };
    if ('outcome' in door) return door;
    const userId = claimantAt(door, requester);
    if (userId === null) return { outcome: 'REFUSED', code: 'IDEMPOTENCY_KEY_REQUIRED' };
    if (door.issueMode !== 'SYNC' && !hasGate(door)) return this.withoutGate.read(couponId, userId, receipt);
    const reply: LookUpReply = hasGate(door) ? await this.gate.lookUp(door, userId) : { outcome: 'NONE' };
    if (reply.outcome === 'HELD') {
      return { outcome: 'CLAIM', view: await this.claims.read(couponId, userId, reply.held) };
    }
    const issue = await this.issues.find(couponId, userId).catch(() => undefined);
    const proven = receipt !== null && this.receipts.verify(receipt, couponId, userId);
    const gateKnowsNone = reply.outcome === 'NONE' || reply.outcome === 'SHRUNK';
    return this.withoutClaim(couponId, userId, issue, gateKnowsNone && !proven);
  }

  /** `issue`: null where MySQL said that there is none, undefined where it did not answer. */
  private withoutClaim(
    couponId: CouponId,
    userId: Claimant,
    issue: Issue | null | undefined,
    noneAtAll: boolean,
  ): StatusAnswer {
    if (issue === null && noneAtAll) return { outcome: 'NOT_REQUESTED' };
    return { outcome: 'CLAIM', view: this.claims.viewOf(couponId, userId, null, issue ?? null) };
  }
}
