import { type Coupon, gateView, hasGate } from '../coupon/coupon.js';
import { type Gate, GateUnreachable } from '../issuance/gate.js';

/** A hint: what the gate does not hear now, the sweeper says again. */
export async function tellGate(gate: Gate, coupon: Coupon): Promise<void> {
  if (!hasGate(coupon) || coupon.state === 'DRAFT') return;
  try {
    await gate.update([{ view: gateView(coupon), issuedByV1: [] }]);
  } catch (cause) {
    if (!(cause instanceof GateUnreachable)) throw cause;
  }
}
