import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Admissions } from './admissions.js';
import { CreateCoupon, type CreateOutcome } from './commands.js';
import { CouponStore } from './coupon-store.js';

@CommandHandler(CreateCoupon)
export class CreateCouponHandler implements ICommandHandler<CreateCoupon> {
  constructor(
    private readonly store: CouponStore,
    private readonly admissions: Admissions,
  ) {}

  async execute({ definition, by }: CreateCoupon): Promise<CreateOutcome> {
    const faults = this.admissions.faultsOf(definition);
    if (faults.length > 0) return { outcome: 'INVALID', faults };
    return { outcome: 'CREATED', coupon: await this.store.create(definition, by) };
  }
}
