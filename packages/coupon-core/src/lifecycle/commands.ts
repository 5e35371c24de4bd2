import { Command } from '@nestjs/cqrs';
import type { TakeBackDecision, TakenBack } from '../coupon/decide-take-back.js';
import type { CouponId } from '../coupon/ids.js';
import type { Unavailable } from '../issuance/claim-view.js';
import type { TakeBackRequest } from '../issuance/issue-store.js';

/** Cancels or revokes an issue that was not used yet. */
export class TakeBackIssue extends Command<TakeBackDecision | Unavailable> {
  constructor(
    readonly couponId: CouponId,
    readonly request: TakeBackRequest,
    readonly as: TakenBack,
  ) {
    super();
  }
}
