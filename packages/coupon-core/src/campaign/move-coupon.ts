import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Coupon, gateView } from '../coupon/coupon.js';
import { Gate } from '../issuance/gate.js';
import { RebuildGate } from '../issuance/rebuild-gate.js';
import { MoveCoupon, type MoveOutcome } from './commands.js';
import { CouponStore } from './coupon-store.js';

@CommandHandler(MoveCoupon)
export class MoveCouponHandler implements ICommandHandler<MoveCoupon> {
  constructor(
    private readonly store: CouponStore,
    private readonly gate: Gate,
    private readonly rebuild: RebuildGate,
  ) {}

  async execute({ couponId, to }: MoveCoupon): Promise<MoveOutcome> {
    const result = await this.store.moveState(couponId, to);
    if (!result) return { outcome: 'COUPON_NOT_FOUND' };
    const { coupon, moved } = result;
    if (!moved && coupon.state !== to) return { outcome: 'NOT_ALLOWED', coupon };
    // The row is what counts. A gate that cannot be reached now hears of it from the sweeper.
    await this.tellGate(coupon).catch(() => undefined);
    return { outcome: moved ? 'MOVED' : 'UNCHANGED', coupon: (await this.store.find(couponId)) ?? coupon };
  }

  private async tellGate(coupon: Coupon): Promise<void> {
    if (coupon.issueMode === 'SYNC') return;
    if (coupon.epoch === 0 && coupon.state === 'OPEN') {
      await this.rebuild.execute({ couponId: coupon.id, shard: coupon.shard });
    } else {
      await this.gate.update([{ view: gateView(coupon), issuedByV1: [] }]);
    }
  }
}
