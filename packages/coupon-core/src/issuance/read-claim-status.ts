import type { CouponDoors } from '../catalog/coupon-doors.js';
import type { CouponId, UserId } from '../coupon/ids.js';
import type { Issue } from '../coupon/issue.js';
import type { ClaimReader } from './claim-reader.js';
import type { StatusAnswer } from './claim-view.js';
import type { Gate, LookUpReply } from './gate.js';
import type { IssueReader } from './issue-store.js';

/** Reads a claim without making one: the gate first, MySQL second, so that a claim on its way is never missed. */
export class ReadClaimStatus {
  constructor(
    private readonly doors: CouponDoors,
    private readonly gate: Gate,
    private readonly claims: ClaimReader,
    private readonly issues: IssueReader,
  ) {}

  async execute(couponId: CouponId, userId: UserId): Promise<StatusAnswer> {
    const door = this.doors.known(couponId) ?? (await this.doors.find(couponId).catch(() => undefined));
    if (door === null) return { outcome: 'REFUSED', code: 'COUPON_NOT_FOUND' };
    if (door === undefined) return { outcome: 'UNAVAILABLE', reason: 'DATABASE_UNREACHABLE' };
    const reply: LookUpReply =
      door.issueMode === 'SYNC' ? { outcome: 'NONE' } : await this.gate.lookUp(door, userId);
    if (reply.outcome === 'HELD') {
      return { outcome: 'CLAIM', view: await this.claims.read(couponId, userId, reply.held) };
    }
    const issue = await this.issues.find(couponId, userId).catch(() => undefined);
    return this.withoutClaim(couponId, userId, issue, reply.outcome === 'NONE');
  }

  /** `issue`: null where MySQL said that there is none, undefined where it did not answer. */
  private withoutClaim(
    couponId: CouponId,
    userId: UserId,
    issue: Issue | null | undefined,
    gateSaidNone: boolean,
  ): StatusAnswer {
    if (issue === null && gateSaidNone) return { outcome: 'NOT_REQUESTED' };
    return { outcome: 'CLAIM', view: this.claims.viewOf(couponId, userId, null, issue ?? null) };
  }
}
