import { claimantAt, claimantOf } from '../coupon/claimant.js';
import { type Coupon, hasGate } from '../coupon/coupon.js';
import type { IssueDecision } from '../coupon/decide-issue.js';
import type { Claimant, CouponId } from '../coupon/ids.js';
import type { RefusalCode } from '../coupon/refusal.js';
import { BatchFigures } from '../metrics/process-metrics.js';
import { handOvers } from '../metrics/request-metrics.js';
import { Span, spanning } from '../tracing/span.js';
import type { Traceparent } from '../tracing/traceparent.js';
import type { Asking } from './asking.js';
import type { ClaimReader } from './claim-reader.js';
import type { IssueAnswer, RequestAnswer } from './claim-view.js';
import { Combiner, CombinerBusy } from './combiner.js';
import type { Gate, GateUpdate, HeldClaim } from './gate.js';
import type { IssueStore } from './issue-store.js';
import type { RequestCoupon } from './request-coupon.js';
import type { RequestWithoutGate } from './request-without-gate.js';
import { rowsUnavailable } from './server-away.js';
import type { TakeTurns, Undecided } from './take-turns.js';

export const V1_LIMITS = { membersMax: 200, inFlightMax: 1, pendingMax: 20_000, deadlineMs: 4_500 };

const ISSUE_WORK = { name: 'issue', kind: 'CLIENT' } as const;

type Decided = { outcome: 'DECIDED'; coupon: Coupon; decision: IssueDecision } | { outcome: 'NO_COUPON' };

/** V1: one transaction decides for everybody who waits for the coupon at that moment; answered after COMMIT. */
export class IssueCoupon {
  private readonly combiner: Combiner<CouponId, Asking, Decided | Undecided>;

  constructor(
    private readonly store: IssueStore,
    private readonly gate: Gate,
    private readonly claims: ClaimReader,
    turns: TakeTurns,
    /** Where somebody goes on who did not get a turn. */
    private readonly request: RequestCoupon,
    private readonly withoutGate: Pick<RequestWithoutGate, 'refuse'>,
    /** Told of a gate that could not be reached after a commit; the sweeper says the same again. */
    private readonly onHintLost: (cause: unknown) => void,
  ) {
    this.combiner = new Combiner(
      V1_LIMITS,
      (couponId, members, since) => {
        const requesters = members.map(({ requester }) => requester);
        return turns.run(couponId, requesters, since, (deciding) =>
          this.issueTogether(couponId, deciding, members),
        );
      },
      new BatchFigures('issue'),
    );
  }

  /** `requester`: with the request's key, where it has one. */
  async execute(couponId: CouponId, requester: Claimant, trace?: Traceparent): Promise<IssueAnswer> {
    const asking = { requester, trace };
    let result: Decided | Undecided;
    try {
      result = await this.combiner.submit(couponId, asking);
    } catch (cause) {
      if (cause instanceof CombinerBusy) return { outcome: 'UNAVAILABLE', reason: cause.reason };
      return rowsUnavailable(cause);
    }
    switch (result.outcome) {
      case 'DECIDED':
        return this.answer(result.coupon, asking, result.decision);
      case 'NO_COUPON':
        return { outcome: 'REFUSED', code: 'COUPON_NOT_FOUND' };
      case 'IN_LINE':
        return this.readClaim(couponId, result.claimant, result.held);
      case 'NO_TURN':
        if (result.issueMode === 'SYNC') return { outcome: 'UNAVAILABLE', reason: 'LOCK_NOT_HAD' };
        handOvers.add();
        return this.handOver(couponId, requester, trace);
    }
  }

  /** Answers everything that was submitted, then takes nothing more. */
  close(): Promise<void> {
    return this.combiner.close();
  }

  private async answer(coupon: Coupon, asking: Asking, decision: IssueDecision): Promise<IssueAnswer> {
    switch (decision.outcome) {
      case 'ISSUED':
        return decision;
      case 'REPEATED':
        if (decision.issue.status === 'ISSUED') return { outcome: 'REPEATED', issue: decision.issue };
        return {
          outcome: 'CLAIM',
          view: this.claims.viewOf(coupon.id, claimantOf(decision.issue), null, decision.issue),
        };
      case 'REFUSED':
        return this.refuse(coupon, asking, decision.code);
    }
  }

  /** With both doors open, a claim that is still in the queue is known to the gate only. */
  private async refuse(
    coupon: Coupon,
    { requester, trace }: Asking,
    code: RefusalCode,
  ): Promise<IssueAnswer> {
    const final = coupon.issueMode !== 'BOTH' || code === 'COUPON_NOT_FOUND';
    const claimant = claimantAt(coupon, requester);
    if (final || claimant === null) return { outcome: 'REFUSED', code };
    if (!hasGate(coupon)) return asV1(await this.withoutGate.refuse(coupon.id, claimant, code));
    const at = { couponId: coupon.id, shard: coupon.shard };
    const reply = await this.gate.lookUp(at, claimant);
    if (reply.outcome === 'UNAVAILABLE') return reply;
    if (reply.outcome === 'NONE') return { outcome: 'REFUSED', code };
    // A claim may have been settled, and forgotten, since the rows were asked: V2 reads them again.
    if (reply.outcome === 'SHRUNK') return this.handOver(coupon.id, claimant, trace);
    return this.readClaim(coupon.id, claimant, reply.held);
  }

  private async readClaim(couponId: CouponId, claimant: Claimant, held: HeldClaim): Promise<IssueAnswer> {
    return asV1({ outcome: 'CLAIM', view: await this.claims.read(couponId, claimant, held) });
  }

  private async handOver(
    couponId: CouponId,
    requester: Claimant,
    trace: Traceparent | undefined,
  ): Promise<IssueAnswer> {
    return asV1(await this.request.execute(couponId, requester, null, trace));
  }

  /** `members`: all of the batch, of whom these requesters are to be decided about. */
  private async issueTogether(
    couponId: CouponId,
    requesters: Claimant[],
    members: readonly Asking[],
  ): Promise<Decided[]> {
    const span = Span.beginShared(ISSUE_WORK, members);
    span?.note({ 'coupon.id': String(couponId), 'coupon.members': requesters.length });
    const issue = () => this.store.issueNow(couponId, requesters, span?.traceparent);
    const result = await (span ? spanning([span], issue) : issue());
    if (!result.found) return requesters.map(() => ({ outcome: 'NO_COUPON' }));
    if (result.update) this.tellGate(result.update);
    const { coupon } = result;
    return result.decisions.map((decision) => ({ outcome: 'DECIDED', coupon, decision }));
  }

  /** A hint: nobody waits for it, and the sweeper repeats the view until the gate has taken it. */
  private tellGate(update: GateUpdate): void {
    this.gate.update([update]).catch(this.onHintLost);
  }
}

/** A coupon of the other door is a repeat here. */
function asV1(answer: RequestAnswer): IssueAnswer {
  if (answer.outcome === 'ISSUED_BY_V1') return { outcome: 'REPEATED', issue: answer.issue };
  const issue = answer.outcome === 'CLAIM' ? answer.view.issue : null;
  return issue?.status === 'ISSUED' ? { outcome: 'REPEATED', issue } : answer;
}
