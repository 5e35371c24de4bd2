import type { CouponDoor, CouponDoors } from '../catalog/coupon-doors.js';
import { claimantAt } from '../coupon/claimant.js';
import { hasGate } from '../coupon/coupon.js';
import type { Claimant, CouponId } from '../coupon/ids.js';
import { countClaim, leaseRefusals } from '../metrics/request-metrics.js';
import type { Traceparent } from '../tracing/traceparent.js';
import type { ClaimReader } from './claim-reader.js';
import type { RequestAnswer } from './claim-view.js';
import type { Gate, GateRefusal, HeldClaim } from './gate.js';
import type { IssueStore } from './issue-store.js';
import type { KeepLeases } from './keep-leases.js';
import type { Receipts } from './receipts.js';
import type { RequestWithoutGate } from './request-without-gate.js';
import { rowsUnavailable } from './server-away.js';

const KEY_REQUIRED: RequestAnswer = { outcome: 'REFUSED', code: 'IDEMPOTENCY_KEY_REQUIRED' };
const SOLD_OUT: RequestAnswer = { outcome: 'REFUSED', code: 'SOLD_OUT' };

/** V2: the gate decides and enqueues; the answer is a ticket. MySQL is asked about repeats only. */
export class RequestCoupon {
  constructor(
    private readonly doors: CouponDoors,
    private readonly gate: Gate,
    private readonly claims: ClaimReader,
    private readonly receipts: Receipts,
    private readonly leases: KeepLeases,
    private readonly store: IssueStore,
    private readonly withoutGate: Pick<RequestWithoutGate, 'execute'>,
  ) {}

  /**
   * `receipt`: what an earlier answer said; it proves a claim that the gate has lost, so it is always shown to the
   * gate. `requester`: with the request's key, where it has one. Answers at once where nobody has to be asked.
   */
  execute(
    couponId: CouponId,
    requester: Claimant,
    receipt: string | null,
    trace?: Traceparent,
  ): RequestAnswer | Promise<RequestAnswer> {
    if (receipt === null && this.leases.refuses(couponId, requester)) {
      const door = this.doors.known(couponId);
      if (door !== undefined && claimantAt(door, requester) === null) return KEY_REQUIRED;
      leaseRefusals.add();
      return SOLD_OUT;
    }
    return this.askGate(couponId, requester, receipt, trace);
  }

  private async askGate(
    couponId: CouponId,
    requester: Claimant,
    receipt: string | null,
    trace: Traceparent | undefined,
  ): Promise<RequestAnswer> {
    const door = this.doors.known(couponId) ?? (await this.doors.find(couponId).catch(rowsUnavailable));
    if (door === null) return { outcome: 'REFUSED', code: 'COUPON_NOT_FOUND' };
    if ('outcome' in door) return door;
    if (door.issueMode === 'SYNC') return { outcome: 'REFUSED', code: 'WRONG_MODE' };
    const userId = claimantAt(door, requester);
    if (userId === null) return KEY_REQUIRED;
    if (!hasGate(door)) return this.withoutGate.execute(couponId, userId, receipt, trace);
    const proven = receipt !== null && this.receipts.verify(receipt, couponId, userId);
    const reply = await this.gate.claim(door, userId, proven, door.perUserLimit, trace);
    countClaim(reply);
    switch (reply.outcome) {
      case 'UNAVAILABLE':
        return reply;
      case 'REFUSED':
        // With both doors open no lease would help: whoever is refused asks the rows in any case.
        if (door.issueMode === 'BOTH')
          return this.refuseByRows(couponId, userId, reply.code).catch(rowsUnavailable);
        if (reply.code === 'SOLD_OUT') this.leases.ask(door);
        return reply;
      case 'SHRUNK':
        return this.decideByRows(couponId, userId, proven, reply.code).catch(rowsUnavailable);
      case 'HELD':
        // A claim admitted a moment ago cannot have been decided, so MySQL is not asked.
        return isFresh(door, reply.held)
          ? { outcome: 'CLAIM', view: this.claims.pending(couponId, userId, reply.held) }
          : this.answerByRows(couponId, userId, reply.held);
    }
  }

  private async answerByRows(couponId: CouponId, userId: Claimant, held: HeldClaim): Promise<RequestAnswer> {
    const view = await this.claims.read(couponId, userId, held);
    if (view.issue?.status === 'ISSUED' && view.issue.claim === null) {
      return { outcome: 'ISSUED_BY_V1', issue: view.issue };
    }
    return { outcome: 'CLAIM', view };
  }

  /** The gate forgets only what is in the rows, so whoever has no row has no claim; a receipt tells of one that was lost. */
  private async decideByRows(
    couponId: CouponId,
    userId: Claimant,
    proven: boolean,
    code: GateRefusal,
  ): Promise<RequestAnswer> {
    const answer = await this.refuseByRows(couponId, userId, code);
    if (answer.outcome !== 'REFUSED' || !proven) return answer;
    await this.store.recordLost(couponId, userId);
    return this.refuseByRows(couponId, userId, code);
  }

  /** With both doors open, only the rows know whether V1 issued a coupon that the gate has not heard of. */
  private async refuseByRows(
    couponId: CouponId,
    userId: Claimant,
    code: GateRefusal,
  ): Promise<RequestAnswer> {
    const issue = await this.claims.findRow(couponId, userId);
    if (issue === null) return { outcome: 'REFUSED', code };
    if (issue.status === 'ISSUED' && issue.claim === null) return { outcome: 'ISSUED_BY_V1', issue };
    return { outcome: 'CLAIM', view: this.claims.viewOf(couponId, userId, null, issue) };
  }
}

/** With both doors open V1 may have issued a coupon that the gate has not heard of, and an answer must not change. */
function isFresh({ issueMode }: CouponDoor, { admittedNow, claim }: HeldClaim): boolean {
  return admittedNow && claim.kind === 'TICKET' && issueMode === 'ASYNC';
}
