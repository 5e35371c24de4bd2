import { type GateView, gateView } from '../../coupon/coupon.js';
import type { UserId } from '../../coupon/ids.js';
import type { Pair } from './pair.js';

/** Messages to the gate, each as the row was when it left. */
export class Messages {
  private readonly views = new Map<string, GateView>();

  constructor(private readonly pair: Pair) {}

  /** What the row says at the moment in which the model sends a message about it; `known`: the messages before. */
  async capture(known: ReadonlySet<string>): Promise<void> {
    const sent = this.pair.model.messages.filter(
      ({ key, script }) => script === 'setCapacity' && !known.has(key),
    );
    if (sent.length === 0) return;
    const coupon = await this.pair.real.coupons.find(this.pair.real.coupon.id);
    for (const { key } of sent) this.views.set(key, gateView(coupon!));
  }

  async deliver(key: string): Promise<void> {
    const view = this.views.get(key);
    if (view) {
      await this.pair.real.gate.update([{ view, issuedByV1: [] }]);
      return;
    }
    const user = key.replace('putClaim ', '') as UserId;
    // A view of version 0 is older than any: only the claim is taken.
    await this.pair.real.gate.update([
      { view: { ...gateView(this.pair.real.coupon), version: 0 }, issuedByV1: [user] },
    ]);
  }
}
