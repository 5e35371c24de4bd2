import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { movesGate } from '../coupon/decide-edit.js';
import { Gate } from '../issuance/gate.js';
import { Admissions } from './admissions.js';
import { EditCoupon, type EditOutcome } from './commands.js';
import { CouponStore } from './coupon-store.js';
import { tellGate } from './tell-gate.js';

@CommandHandler(EditCoupon)
export class EditCouponHandler implements ICommandHandler<EditCoupon> {
  constructor(
    private readonly store: CouponStore,
    private readonly gate: Gate,
    private readonly admissions: Admissions,
  ) {}

  async execute({ couponId, edits, ifVersion, by }: EditCoupon): Promise<EditOutcome> {
    const faults = this.admissions.faultsOf(edits);
    if (faults.length > 0) return { outcome: 'INVALID', faults };
    const result = await this.store.edit(couponId, edits, ifVersion, by);
    if (!result) return { outcome: 'COUPON_NOT_FOUND' };
    if (result.outcome === 'EDITED' && movesGate(result.changes)) await tellGate(this.gate, result.coupon);
    return result;
  }
}
