import type { CouponDoors } from '../catalog/coupon-doors.js';
import type { Claimant, CouponId } from '../coupon/ids.js';
import { BatchFigures } from '../metrics/process-metrics.js';
import type { Traceparent } from '../tracing/traceparent.js';
import type { Asking } from './asking.js';
import type { RequestAnswer } from './claim-view.js';
import { Combiner, CombinerBusy } from './combiner.js';
import { type CouponLock, NO_TURN } from './coupon-lock.js';
import { V1_LIMITS } from './issue-coupon.js';
import type { RequestCoupon } from './request-coupon.js';

/**
 * The lock first, then V2's queue, as clients of an older service expect it. The gate admits everybody exactly once
 * with the lock and without it, so a batch that does not get its turn in time goes on into the queue all the same.
 */
export class RequestInTurn {
  private readonly combiner = new Combiner<CouponId, Asking, RequestAnswer>(
    V1_LIMITS,
    (couponId, members, since) => this.requestTogether(couponId, members, since),
    new BatchFigures('in_turn'),
  );

  constructor(
    private readonly doors: CouponDoors,
    private readonly lock: CouponLock,
    private readonly request: RequestCoupon,
  ) {}

  execute(couponId: CouponId, requester: Claimant, trace?: Traceparent): Promise<RequestAnswer> {
    return this.combiner.submit(couponId, { requester, trace }).catch((cause: unknown): RequestAnswer => {
      if (cause instanceof CombinerBusy) return { outcome: 'UNAVAILABLE', reason: cause.reason };
      throw cause;
    });
  }

  /** Answers everything that was submitted, then takes nothing more. */
  close(): Promise<void> {
    return this.combiner.close();
  }

  private async requestTogether(
    couponId: CouponId,
    members: Asking[],
    since: number,
  ): Promise<RequestAnswer[]> {
    const requestAll = () =>
      Promise.all(
        members.map(({ requester, trace }) => this.request.execute(couponId, requester, null, trace)),
      );
    const door = this.doors.known(couponId) ?? (await this.doors.find(couponId).catch(() => null));
    if (!door || door.issueMode === 'SYNC') return requestAll();
    const answers = await this.lock.hold(door, since, requestAll);
    return answers === NO_TURN ? requestAll() : answers;
  }
}
