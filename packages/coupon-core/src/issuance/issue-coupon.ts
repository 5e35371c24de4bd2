import type { Coupon } from '../coupon/coupon.js';
import type { IssueDecision } from '../coupon/decide-issue.js';
import type { CouponId, UserId } from '../coupon/ids.js';
import type { RefusalCode } from '../coupon/refusal.js';
import type { ClaimReader } from './claim-reader.js';
import type { IssueAnswer } from './claim-view.js';
import { Combiner, CombinerBusy } from './combiner.js';
import type { Gate, GateUpdate } from './gate.js';
import type { IssueStore } from './issue-store.js';

export const V1_LIMITS = { membersMax: 200, inFlightMax: 1, pendingMax: 20_000, deadlineMs: 4_500 };

interface Decided {
  coupon: Coupon;
  decision: IssueDecision;
}

/** V1: one transaction decides for everybody who waits for the coupon at that moment; answered after COMMIT. */
export class IssueCoupon {
  private readonly combiner: Combiner<CouponId, UserId, Decided | null>;

  constructor(
    private readonly store: IssueStore,
    private readonly gate: Gate,
    private readonly claims: ClaimReader,
    /** Told of a gate that could not be reached after a commit; the sweeper says the same again. */
    private readonly onHintLost: (cause: unknown) => void,
  ) {
    this.combiner = new Combiner(V1_LIMITS, (couponId, users) => this.issueTogether(couponId, users));
  }

  async execute(couponId: CouponId, userId: UserId): Promise<IssueAnswer> {
    let decided: Decided | null;
    try {
      decided = await this.combiner.submit(couponId, userId);
    } catch (cause) {
      if (cause instanceof CombinerBusy) return { outcome: 'UNAVAILABLE', reason: cause.reason };
      return { outcome: 'UNAVAILABLE', reason: 'DATABASE_UNREACHABLE' };
    }
    if (!decided) return { outcome: 'REFUSED', code: 'COUPON_NOT_FOUND' };
    const { coupon, decision } = decided;
    switch (decision.outcome) {
      case 'ISSUED':
        return decision;
      case 'REPEATED':
        if (decision.issue.status === 'ISSUED') return { outcome: 'REPEATED', issue: decision.issue };
        return { outcome: 'CLAIM', view: this.claims.viewOf(couponId, userId, null, decision.issue) };
      case 'REFUSED':
        return this.refuse(coupon, userId, decision.code);
    }
  }

  /** Answers everything that was submitted, then takes nothing more. */
  close(): Promise<void> {
    return this.combiner.close();
  }

  /** With both doors open, a claim that is still in the queue is known to the gate only. */
  private async refuse(coupon: Coupon, userId: UserId, code: RefusalCode): Promise<IssueAnswer> {
    const final = coupon.issueMode !== 'BOTH' || code === 'COUPON_NOT_FOUND' || code === 'WRONG_MODE';
    if (final) return { outcome: 'REFUSED', code };
    const at = { couponId: coupon.id, shard: coupon.shard };
    const reply = await this.gate.lookUp(at, userId);
    if (reply.outcome === 'UNAVAILABLE') return reply;
    if (reply.outcome === 'NONE') return { outcome: 'REFUSED', code };
    const view = await this.claims.read(coupon.id, userId, reply.held);
    return view.issue?.status === 'ISSUED'
      ? { outcome: 'REPEATED', issue: view.issue }
      : { outcome: 'CLAIM', view };
  }

  private async issueTogether(couponId: CouponId, users: UserId[]): Promise<(Decided | null)[]> {
    const result = await this.store.issueNow(couponId, users);
    if (!result.found) return users.map(() => null);
    if (result.update) this.tellGate(result.update);
    const { coupon } = result;
    return result.decisions.map((decision) => ({ coupon, decision }));
  }

  /** A hint: nobody waits for it, and the sweeper repeats the view until the gate has taken it. */
  private tellGate(update: GateUpdate): void {
    this.gate.update([update]).catch(this.onHintLost);
  }
}
