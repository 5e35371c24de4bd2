import { type GateView, gateView } from '../coupon/coupon.js';
import type { CouponId, UserId } from '../coupon/ids.js';
import type { BuiltGate, Claim, ClaimOfUser, Gate } from '../issuance/gate.js';
import { aCoupon } from './a-coupon.js';

const HOUR_MS = 3_600_000;

export interface GivenGate extends Partial<Omit<BuiltGate, 'view'>> {
  view?: Partial<GateView>;
  claims?: Record<string, Claim>;
}

/** A gate of ten units that is open now, as a rebuild hands it over; every part may be given. */
export function aBuiltGate(
  couponId: CouponId,
  { view, claims: _claims, ...given }: GivenGate = {},
): BuiltGate {
  const now = Date.now();
  return {
    view: {
      ...gateView(aCoupon({ id: couponId, issueStartsAt: now - HOUR_MS, issueEndsAt: now + HOUR_MS })),
      ...view,
    },
    epoch: 1,
    admitted: 0,
    unsettled: 0,
    claimsExpected: view?.capacity ?? 10,
    settlementMs: 0,
    reopenDelayMs: 0,
    ...given,
  };
}

/** Its claims as a rebuild stages them. */
export async function stageClaims(gate: Gate, couponId: CouponId, given: GivenGate): Promise<BuiltGate> {
  const built = aBuiltGate(couponId, given);
  const stage = await gate.stage({ couponId, shard: built.view.shard }, built);
  const claims = Object.entries(given.claims ?? {}) as [UserId, Claim][];
  await stage.put(claims.map(([userId, claim]): ClaimOfUser => ({ userId, claim })));
  return built;
}

/** Brings it up as a rebuild would: fence, load, switch. */
export async function openGate(gate: Gate, couponId: CouponId, given: GivenGate = {}): Promise<BuiltGate> {
  const built = aBuiltGate(couponId, given);
  const at = { couponId, shard: built.view.shard };
  if (!(await gate.fence(at, built.epoch))) throw new Error(`The fence of epoch ${built.epoch} was refused.`);
  await stageClaims(gate, couponId, given);
  if (!(await gate.switchTo(at, built))) throw new Error(`The switch to epoch ${built.epoch} was refused.`);
  return built;
}
