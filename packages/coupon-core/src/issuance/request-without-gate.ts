import type { CouponCache } from '../catalog/coupon-cache.js';
import { remaining } from '../coupon/coupon.js';
import { refusalOfAll } from '../coupon/decide-issue.js';
import { WITHOUT_GATE } from '../coupon/decide-settlement.js';
import type { Claimant, CouponId } from '../coupon/ids.js';
import type { RefusalCode } from '../coupon/refusal.js';
import type { Traceparent } from '../tracing/traceparent.js';
import type { ClaimReader } from './claim-reader.js';
import type { ClaimView, RequestAnswer, Unavailable } from './claim-view.js';
import { CombinerBusy } from './combiner.js';
import type { DatabaseClock } from './database-clock.js';
import type { FindDecision } from './find-decision.js';
import { StoreUnavailable } from './issue-store.js';
import type { Receipts } from './receipts.js';
import { StillRelayed } from './relayed-entries.js';
import type { SendRequests } from './send-requests.js';
import { rowsUnavailable, ServerAway } from './server-away.js';

/**
 * V2 for coupons whose admission is the queue: a request goes to Kafka as it comes, and whoever reads it there decides,
 * in the order of arrival. Here it is refused only by what a view of the coupon says that may be seconds old.
 */
export class RequestWithoutGate {
  constructor(
    private readonly coupons: Pick<CouponCache, 'find'>,
    private readonly clock: DatabaseClock,
    private readonly claims: ClaimReader,
    private readonly receipts: Receipts,
    private readonly requests: SendRequests,
    private readonly decisions: FindDecision,
  ) {}

  async execute(
    couponId: CouponId,
    claimant: Claimant,
    receipt: string | null,
    trace: Traceparent | undefined,
  ): Promise<RequestAnswer> {
    if (this.proves(receipt, couponId, claimant)) return this.repeat(couponId, claimant, receipt, trace);
    let refusal: RefusalCode | null;
    try {
      refusal = await this.refusalOf(couponId);
    } catch (cause) {
      if (cause instanceof ServerAway) return rowsUnavailable(cause);
      throw cause;
    }
    if (refusal !== null) return this.refuse(couponId, claimant, refusal);
    return this.send(couponId, claimant, trace);
  }

  /** Accepted once, so it is neither refused nor lost: where there is no row yet the request is sent again. */
  private async repeat(
    couponId: CouponId,
    claimant: Claimant,
    receipt: string | null,
    trace: Traceparent | undefined,
  ): Promise<RequestAnswer> {
    const answer = await this.read(couponId, claimant, receipt);
    if (answer.view.status === 'PENDING') await this.send(couponId, claimant, trace);
    return answer;
  }

  /**
   * Refuses whoever has nothing that is decided or may still be. The row is read behind the view that refuses: one that
   * says "sold out" was written with the rows of all winners.
   */
  async refuse(couponId: CouponId, claimant: Claimant, code: RefusalCode): Promise<RequestAnswer> {
    try {
      const isRefused = async () =>
        code === 'COUPON_NOT_FOUND' || !(await this.decisions.execute(couponId, claimant));
      const issue = await this.claims.findRow(couponId, claimant);
      if (issue === null && (await isRefused())) return { outcome: 'REFUSED', code };
      const decided = issue ?? (await this.claims.findRow(couponId, claimant));
      const view = this.claims.viewOf(couponId, claimant, null, decided);
      // Without a row it is a dead letter, and pending until somebody decides that.
      return { outcome: 'CLAIM', view: decided ? view : { ...view, status: 'PENDING' } };
    } catch (cause) {
      return unanswered(cause);
    }
  }

  /** Only the topic may know of a claim that has neither row nor receipt, and it cannot be asked. */
  async read(
    couponId: CouponId,
    claimant: Claimant,
    receipt: string | null,
  ): Promise<{ outcome: 'CLAIM'; view: ClaimView }> {
    const issue = await this.claims.findRow(couponId, claimant).catch(() => undefined);
    const view = this.claims.viewOf(couponId, claimant, null, issue ?? null);
    const isPending = issue === null && this.proves(receipt, couponId, claimant);
    return { outcome: 'CLAIM', view: isPending ? { ...view, status: 'PENDING', receipt } : view };
  }

  private proves(receipt: string | null, couponId: CouponId, claimant: Claimant): boolean {
    return receipt !== null && this.receipts.verify(receipt, couponId, claimant);
  }

  private async refusalOf(couponId: CouponId): Promise<RefusalCode | null> {
    const { reading } = await this.coupons.find(couponId);
    if (reading === null) return 'COUPON_NOT_FOUND';
    const { coupon } = reading;
    return refusalOfAll(coupon, await this.clock.now()) ?? (remaining(coupon) === 0 ? 'SOLD_OUT' : null);
  }

  private async send(
    couponId: CouponId,
    claimant: Claimant,
    trace: Traceparent | undefined,
  ): Promise<RequestAnswer> {
    try {
      const gateTime = await this.requests.execute(couponId, { claimant, trace });
      const receipt = this.receipts.sign({ couponId, userId: claimant, ...WITHOUT_GATE, gateTime });
      const view = this.claims.viewOf(couponId, claimant, null, null);
      return { outcome: 'CLAIM', view: { ...view, status: 'PENDING', receipt } };
    } catch (cause) {
      return unanswered(cause);
    }
  }
}

function unanswered(cause: unknown): Unavailable {
  if (cause instanceof CombinerBusy) return { outcome: 'UNAVAILABLE', reason: cause.reason };
  if (cause instanceof StillRelayed) return { outcome: 'UNAVAILABLE', reason: 'NOT_DECIDED_YET' };
  if (cause instanceof StoreUnavailable) return rowsUnavailable(cause);
  const retryAfterMs = cause instanceof ServerAway ? cause.retryAfterMs : undefined;
  return { outcome: 'UNAVAILABLE', reason: 'BROKER_UNREACHABLE', retryAfterMs };
}
