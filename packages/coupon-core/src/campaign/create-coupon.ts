import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Coupon } from '../coupon/coupon.js';
import { CreateCoupon } from './commands.js';
import { CouponStore } from './coupon-store.js';

@CommandHandler(CreateCoupon)
export class CreateCouponHandler implements ICommandHandler<CreateCoupon> {
  constructor(private readonly store: CouponStore) {}

  execute({ definition, by }: CreateCoupon): Promise<Coupon> {
    return this.store.create(definition, by);
  }
}
