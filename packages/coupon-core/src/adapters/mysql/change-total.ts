import type { Operator } from '../../campaign/audit-log.js';
import type { QuantityChange } from '../../campaign/coupon-store.js';
import { type Coupon, live } from '../../coupon/coupon.js';
import { decideQuantity } from '../../coupon/decide-quantity.js';
import type { CouponId } from '../../coupon/ids.js';
import { operatorOf, writeAudit } from './audit-rows.js';
import { lockCoupons } from './coupon-rows.js';
import { campaignChanged, writeEvent } from './event-rows.js';
import type { Transaction } from './unit-of-work.js';

/** What the gate and everybody else have to learn of. */
export const MOVE_VERSIONS = `version = version + 1, gate_version = gate_version + 1, updated_at = UTC_TIMESTAMP(3)`;

export const versionsMoved = ({ version, gateVersion }: Coupon) => ({
  version: version + 1,
  gateVersion: gateVersion + 1,
});

/** Sets the total, or announces it where the gate has to agree first. */
export async function changeTotal(
  tx: Transaction,
  couponId: CouponId,
  total: number | null,
  by: Operator,
): Promise<QuantityChange | null> {
  const coupon = (await lockCoupons(tx, [couponId])).get(couponId);
  if (!coupon) return null;
  const decision = decideQuantity(coupon, total);
  const before = { totalQuantity: coupon.totalQuantity };
  const after = { totalQuantity: total };
  switch (decision.outcome) {
    case 'SET': {
      await writeAudit(tx, by, { action: 'CHANGE_QUANTITY', couponId, before, after });
      await tx.write(`UPDATE coupons SET total_quantity = ?, ${MOVE_VERSIONS} WHERE id = ?`, [
        total,
        couponId,
      ]);
      tx.couponChanged(couponId);
      const changed = { ...coupon, ...after, ...versionsMoved(coupon) };
      writeEvent(tx, campaignChanged('TOTAL_CHANGED', changed));
      return { decision, coupon: changed };
    }
    case 'ANNOUNCE': {
      const id = await writeAudit(tx, by, { action: 'ANNOUNCE_DECREASE', couponId, before, after });
      await tx.write(`UPDATE coupons SET pending_total = ?, pending_id = ?, ${MOVE_VERSIONS} WHERE id = ?`, [
        total,
        id,
        couponId,
      ]);
      tx.couponChanged(couponId);
      return { decision, coupon: { ...coupon, decrease: { total: total!, id }, ...versionsMoved(coupon) } };
    }
    case 'UNCHANGED':
    case 'ANNOUNCED_BEFORE':
    case 'REFUSED':
      return { decision, coupon };
  }
}

/**
 * Ends the announcement of this id and no other, since the gate's answer may be to one that somebody else has ended
 * meanwhile. The entry in the audit log names whoever announced it.
 */
export async function finishDecrease(
  tx: Transaction,
  couponId: CouponId,
  id: number,
  fits: boolean,
): Promise<Coupon | null> {
  const coupon = (await lockCoupons(tx, [couponId])).get(couponId);
  if (!coupon) return null;
  const { decrease } = coupon;
  if (decrease?.id !== id) return coupon;
  const isConfirmed = fits && decrease.total >= live(coupon);
  const totalQuantity = isConfirmed ? decrease.total : coupon.totalQuantity;
  await writeAudit(tx, await operatorOf(tx, id), {
    action: isConfirmed ? 'CONFIRM_DECREASE' : 'WITHDRAW_DECREASE',
    couponId,
    before: { totalQuantity: coupon.totalQuantity },
    after: { totalQuantity },
  });
  await tx.write(
    `UPDATE coupons SET total_quantity = ?, pending_total = NULL, pending_id = NULL, ${MOVE_VERSIONS} WHERE id = ?`,
    [totalQuantity, couponId],
  );
  tx.couponChanged(couponId);
  const ended = { ...coupon, totalQuantity, decrease: null, ...versionsMoved(coupon) };
  if (isConfirmed) writeEvent(tx, campaignChanged('TOTAL_CHANGED', ended));
  return ended;
}
