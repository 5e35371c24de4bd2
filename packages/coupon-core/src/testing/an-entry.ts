import type { AcceptedClaim } from '../coupon/decide-settlement.js';
import type { CouponId } from '../coupon/ids.js';
import type { QueueEntry } from '../issuance/issuance-queue.js';
import { user } from './a-coupon.js';

let nextEntry = 1;

/** A queue entry of epoch 1 with running tickets from `firstTicket`; `lost`: users without a ticket behind them. */
export function anEntry(
  couponId: CouponId,
  users: readonly string[],
  { epoch = 1, firstTicket = 1, lost = [] as string[] } = {},
): QueueEntry {
  const acceptedAt = Date.UTC(2027, 0, 2, 3, 4, 5, 678);
  const claims: AcceptedClaim[] = [
    ...users.map((name, i) => ({ userId: user(name), epoch, ticket: firstTicket + i, acceptedAt })),
    ...lost.map((name) => ({ userId: user(name), epoch, ticket: null, acceptedAt })),
  ];
  return { id: `${nextEntry++}-0`, couponId, claims, traceContext: null };
}
