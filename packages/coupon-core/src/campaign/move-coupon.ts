import { Logger } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Coupon, gateView, hasGate } from '../coupon/coupon.js';
import { Gate, GateUnreachable } from '../issuance/gate.js';
import { RebuildGate } from '../issuance/rebuild-gate.js';
import { MoveCoupon, type MoveOutcome } from './commands.js';
import { CouponStore } from './coupon-store.js';

@CommandHandler(MoveCoupon)
export class MoveCouponHandler implements ICommandHandler<MoveCoupon> {
  private readonly log = new Logger(MoveCouponHandler.name);

  constructor(
    private readonly store: CouponStore,
    private readonly gate: Gate,
    private readonly rebuild: RebuildGate,
  ) {}

  async execute({ couponId, to, by }: MoveCoupon): Promise<MoveOutcome> {
    const result = await this.store.moveState(couponId, to, by);
    if (!result) return { outcome: 'COUPON_NOT_FOUND' };
    const { coupon, moved } = result;
    if (!moved && coupon.state !== to) return { outcome: 'NOT_ALLOWED', coupon };
    await this.tellGate(coupon);
    return { outcome: moved ? 'MOVED' : 'UNCHANGED', coupon: (await this.store.find(couponId)) ?? coupon };
  }

  /** The row is what counts: what cannot be told or built now is told or built by the sweeper. */
  private async tellGate(coupon: Coupon): Promise<void> {
    if (!hasGate(coupon)) return;
    try {
      if (coupon.epochBuilt === 0) {
        await this.rebuild.execute({ couponId: coupon.id, shard: coupon.shard });
        return;
      }
      const [reply] = await this.gate.update([{ view: gateView(coupon), issuedByV1: [] }]);
      if (reply === 'NOT_INITIALISED')
        this.log.warn(`coupon ${coupon.id}: its gate is lost and must be rebuilt.`);
    } catch (cause) {
      if (!(cause instanceof GateUnreachable)) throw cause;
      this.log.warn(`coupon ${coupon.id}: ${cause.message} The sweeper goes on.`);
    }
  }
}
