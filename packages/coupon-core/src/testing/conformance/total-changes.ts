import type { ScriptCall } from 'protocol-model';
import { gateView } from '../../coupon/coupon.js';
import { OPERATOR } from '../a-coupon.js';
import { expectEqual, type Pair } from './pair.js';

/** A decrease, and what the gate said of it. */
interface Operation {
  asked: { id: number; fits: boolean } | null;
}

/** Changes of the total, and the decreases among them on their way through the gate. */
export class TotalChanges {
  private readonly operations = new Map<string, Operation>();

  constructor(private readonly pair: Pair) {}

  /** What the model allows and the product does not: another total while one is announced, or after the close. */
  async mayChange(by: number): Promise<boolean> {
    const { row, up } = this.pair.model.mysql;
    const isRefused = row.state === 'CLOSED' || row.pendingTotal !== null;
    if (!up || !isRefused) return true;
    const { coupons, coupon } = this.pair.real;
    const total = row.total + by;
    const { decision } = (await coupons.changeTotal(coupon.id, total, OPERATOR))!;
    if (decision.outcome !== 'REFUSED' && decision.outcome !== 'ANNOUNCED_BEFORE')
      throw new Error(`a total of ${total}: ${decision.outcome}`);
    return false;
  }

  async change(by: number, expected: 'SET' | 'ANNOUNCE'): Promise<void> {
    const { coupons, coupon } = this.pair.real;
    const { totalQuantity } = (await coupons.find(coupon.id))!;
    const { decision } = (await coupons.changeTotal(coupon.id, totalQuantity! + by, OPERATOR))!;
    if (decision.outcome !== expected) throw new Error(`a total ${by} more: ${decision.outcome}`);
  }

  beginDecrease(id: string): void {
    this.operations.set(id, { asked: null });
  }

  forgetDecrease(id: string): void {
    this.operations.delete(id);
  }

  async advanceDecrease(id: string, scripts: readonly ScriptCall[]): Promise<void> {
    const { coupons, gate } = this.pair.real;
    const operation = this.operations.get(id)!;
    const call = scripts.find((made) => made.script === 'setCapacity');
    if (!call) {
      const { asked } = operation;
      this.operations.delete(id);
      await coupons.finishDecrease(this.pair.real.coupon.id, asked!.id, asked!.fits);
      return;
    }
    const coupon = (await coupons.find(this.pair.real.coupon.id))!;
    const [reply] = await gate.update([{ view: gateView(coupon), issuedByV1: [] }]);
    const fits = reply === 'FITS';
    expectEqual('a decrease', call.reply.fits, fits);
    operation.asked = {
      id: coupon.decrease?.id ?? 0,
      fits: fits || this.pair.sabotage === 'DECREASES_ALONE',
    };
  }
}
