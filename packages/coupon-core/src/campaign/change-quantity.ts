import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Coupon, gateView } from '../coupon/coupon.js';
import { Gate, GateUnreachable } from '../issuance/gate.js';
import { ChangeQuantity, type QuantityOutcome } from './commands.js';
import { CouponStore } from './coupon-store.js';
import { tellGate } from './tell-gate.js';

/** V1 moves the row of a coupon with both doors in a rush, so that a view may be out of date when it arrives. */
const ASKED_MAX = 20;

/**
 * An increase is in force with the row. A decrease is announced in the row, decided by the gate, since it alone knows
 * how many tickets are out, and then confirmed or withdrawn in the row; where this process dies in between, the
 * sweeper goes on.
 */
@CommandHandler(ChangeQuantity)
export class ChangeQuantityHandler implements ICommandHandler<ChangeQuantity> {
  constructor(
    private readonly store: CouponStore,
    private readonly gate: Gate,
  ) {}

  async execute({ couponId, total, by }: ChangeQuantity): Promise<QuantityOutcome> {
    const change = await this.store.changeTotal(couponId, total, by);
    if (!change) return { outcome: 'COUPON_NOT_FOUND' };
    const { decision, coupon } = change;
    switch (decision.outcome) {
      case 'REFUSED':
        return { ...decision, coupon };
      case 'UNCHANGED':
        return { outcome: 'CHANGED', coupon };
      case 'SET':
        await tellGate(this.gate, coupon);
        return { outcome: 'CHANGED', coupon };
      case 'ANNOUNCE':
      case 'ANNOUNCED_BEFORE':
        return this.decrease(coupon, coupon.decrease!);
    }
  }

  /** Where the gate cannot be asked the decrease is withdrawn, so that nobody has to wonder whether it is in force. */
  private async decrease(
    announced: Coupon,
    { id, total }: NonNullable<Coupon['decrease']>,
  ): Promise<QuantityOutcome> {
    const answer = await this.askGate(announced, id);
    const coupon = await this.store.finishDecrease(announced.id, id, answer === 'FITS');
    if (!coupon) return { outcome: 'COUPON_NOT_FOUND' };
    await tellGate(this.gate, coupon);
    // Somebody else may have asked the gate and ended it first.
    if (coupon.totalQuantity === total) return { outcome: 'CHANGED', coupon };
    if (answer === 'AWAY') return { outcome: 'GATE_AWAY' };
    return { outcome: 'REFUSED', code: 'QUANTITY_BELOW_CLAIMED', coupon };
  }

  private async askGate(announced: Coupon, id: number): Promise<'FITS' | 'TOO_MANY_GIVEN' | 'AWAY'> {
    let coupon: Coupon | null = announced;
    for (let asked = 0; coupon?.decrease?.id === id && asked < ASKED_MAX; asked += 1) {
      const reply = await this.sayTo(coupon);
      if (reply === 'FITS') return reply;
      if (reply === 'APPLIED') return 'TOO_MANY_GIVEN';
      if (reply !== 'STALE') return 'AWAY';
      coupon = await this.store.find(announced.id);
    }
    return 'AWAY';
  }

  private async sayTo(coupon: Coupon) {
    try {
      const [reply] = await this.gate.update([{ view: gateView(coupon), issuedByV1: [] }]);
      return reply!;
    } catch (cause) {
      if (cause instanceof GateUnreachable) return 'NOT_INITIALISED';
      throw cause;
    }
  }
}
