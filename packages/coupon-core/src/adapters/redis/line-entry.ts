import { type Claimant, type CouponId, parseCouponId } from '../../coupon/ids.js';
import type { QueueEntry, UnreadableEntry } from '../../issuance/issuance-queue.js';
import { sampledTraceparent } from '../../tracing/traceparent.js';

/** Tickets begin anew with each epoch: a place is `epoch × 2³² + ticket`. */
const TICKETS_PER_EPOCH = 2 ** 32;

const NAME = /^([1-9][0-9]*) ([0-9]{16}) (.+)$/s;
const MEMBER = /^(L?)([1-9][0-9]*)(?:\.[0-9]{6})? ([^ ,]+)(?: ([^ ]+))?$/;

/** One claim of a waiting line by its name, as `queue-line.lua` gives it: `<coupon> <place> <member of the line>`. */
export function decodeName(name: string): QueueEntry | UnreadableEntry {
  const [, coupon = '', place = '', member = ''] = NAME.exec(name) ?? [];
  const couponId = parseCouponId(coupon);
  const entry = couponId === null ? null : decodeMember(couponId, name, Number(place), member);
  return entry ?? { id: name, raw: { name }, cause: 'The name is not that of a claim.' };
}

/** A member of the line of a coupon at its place; null where it is not that of a claim. */
export function decodeMember(
  couponId: CouponId,
  id: string,
  place: number,
  member: string,
): QueueEntry | null {
  const found = MEMBER.exec(member);
  if (!found) return null;
  const [, lost, acceptedAt, claimant, trace] = found;
  const claim = {
    userId: claimant as Claimant,
    epoch: Math.floor(place / TICKETS_PER_EPOCH),
    ticket: lost ? null : place % TICKETS_PER_EPOCH,
    acceptedAt: Number(acceptedAt),
  };
  return { id, couponId, claims: [claim], traceContext: sampledTraceparent(trace) };
}
