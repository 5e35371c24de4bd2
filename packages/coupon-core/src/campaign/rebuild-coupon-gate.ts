import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { RebuildGate, type RebuildOutcome } from '../issuance/rebuild-gate.js';
import { RebuildCouponGate } from './commands.js';
import { CouponStore } from './coupon-store.js';

@CommandHandler(RebuildCouponGate)
export class RebuildCouponGateHandler implements ICommandHandler<RebuildCouponGate> {
  constructor(
    private readonly store: CouponStore,
    private readonly rebuild: RebuildGate,
  ) {}

  async execute({ couponId }: RebuildCouponGate): Promise<RebuildOutcome> {
    const coupon = await this.store.find(couponId);
    if (!coupon || coupon.issueMode === 'SYNC' || coupon.state === 'DRAFT')
      return { outcome: 'COUPON_NOT_FOUND' };
    return this.rebuild.execute({ couponId, shard: coupon.shard });
  }
}
