import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Coupon, hasGate } from '../coupon/coupon.js';
import { ReconcileGate, type ReconcileOutcome } from '../issuance/reconcile-gate.js';
import type { Operator } from './audit-log.js';
import { ReconcileCouponGate } from './commands.js';
import { CouponStore } from './coupon-store.js';

/** A caller is answered within so long; what was begun goes on, and its end is in the log. */
const ANSWER_MS = 3_000;

@CommandHandler(ReconcileCouponGate)
export class ReconcileCouponGateHandler implements ICommandHandler<ReconcileCouponGate> {
  private readonly log = new Logger(ReconcileCouponGateHandler.name);

  constructor(
    private readonly store: CouponStore,
    private readonly reconcile: ReconcileGate,
  ) {}

  async execute({
    couponId,
    by,
  }: ReconcileCouponGate): Promise<ReconcileOutcome | { outcome: 'UNDER_WAY' | 'COUPON_NOT_FOUND' }> {
    const coupon = await this.store.find(couponId);
    if (!coupon || !hasGate(coupon) || coupon.state === 'DRAFT') {
      return { outcome: 'COUPON_NOT_FOUND' };
    }
    const outcome = this.report(coupon, by);
    return Promise.race([outcome, sleep(ANSWER_MS, { outcome: 'UNDER_WAY' as const }, { ref: false })]);
  }

  private async report(coupon: Coupon, by: Operator): Promise<ReconcileOutcome> {
    try {
      const outcome = await this.reconcile.executeThoroughly(coupon, by);
      this.log.log(`coupon ${coupon.id}: reconciliation ${JSON.stringify(outcome)}`);
      return outcome;
    } catch (cause) {
      this.log.warn(`coupon ${coupon.id}: reconciliation failed, ${(cause as Error).message}`);
      throw cause;
    }
  }
}
