import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { hasGate } from '../coupon/coupon.js';
import type { GateAddress } from '../issuance/gate.js';
import { RebuildGate, type RebuildOutcome } from '../issuance/rebuild-gate.js';
import type { Operator } from './audit-log.js';
import { RebuildCouponGate } from './commands.js';
import { CouponStore } from './coupon-store.js';

/** A caller is answered within so long; the rebuild goes on, and whoever asks again waits for the same one. */
const ANSWER_MS = 3_000;

@CommandHandler(RebuildCouponGate)
export class RebuildCouponGateHandler implements ICommandHandler<RebuildCouponGate> {
  private readonly log = new Logger(RebuildCouponGateHandler.name);

  constructor(
    private readonly store: CouponStore,
    private readonly rebuild: RebuildGate,
  ) {}

  async execute({ couponId, by }: RebuildCouponGate): Promise<RebuildOutcome | { outcome: 'UNDER_WAY' }> {
    const coupon = await this.store.find(couponId);
    if (!coupon || !hasGate(coupon) || coupon.state === 'DRAFT') {
      return { outcome: 'COUPON_NOT_FOUND' };
    }
    const outcome = this.report({ couponId, shard: coupon.shard }, by);
    return Promise.race([outcome, sleep(ANSWER_MS, { outcome: 'UNDER_WAY' as const }, { ref: false })]);
  }

  /** Its end is in the log, because the caller may not have waited for it. */
  private async report(at: GateAddress, by: Operator): Promise<RebuildOutcome> {
    try {
      const outcome = await this.rebuild.execute(at, by);
      this.log.log(`coupon ${at.couponId}: rebuild ${JSON.stringify(outcome)}`);
      return outcome;
    } catch (cause) {
      this.log.warn(`coupon ${at.couponId}: rebuild failed, ${(cause as Error).message}`);
      throw cause;
    }
  }
}
