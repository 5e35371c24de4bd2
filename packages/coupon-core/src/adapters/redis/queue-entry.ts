import type { AcceptedClaim } from '../../coupon/decide-settlement.js';
import { type Claimant, parseCouponId } from '../../coupon/ids.js';
import type { QueueEntry, UnreadableEntry } from '../../issuance/issuance-queue.js';
import { sampledTraceparent } from '../../tracing/traceparent.js';

/**
 * The fields of a queue entry, written by `claim-n`: `c` coupon, `e` epoch, `a` gate time in ms, `t` ticket of the
 * first user, `u` users in order of their tickets, `l` users whose loss was recorded, `x` traceparent.
 */
export function decodeEntry(id: string, flat: readonly string[]): QueueEntry | UnreadableEntry {
  const raw: Record<string, string> = {};
  for (let i = 0; i < flat.length; i += 2) raw[flat[i]!] = flat[i + 1]!;
  const couponId = parseCouponId(raw.c ?? '');
  const epoch = naturalNumber(raw.e);
  const acceptedAt = naturalNumber(raw.a);
  const firstTicket = raw.u === undefined ? 1 : naturalNumber(raw.t);
  if (
    couponId === null ||
    epoch === null ||
    acceptedAt === null ||
    firstTicket === null ||
    !(raw.u || raw.l)
  ) {
    return { id, raw, cause: 'The entry does not have the fields of a claim.' };
  }
  const claims: AcceptedClaim[] = [];
  split(raw.u).forEach((userId, i) => {
    claims.push({ userId, epoch, ticket: firstTicket + i, acceptedAt });
  });
  for (const userId of split(raw.l)) claims.push({ userId, epoch, ticket: null, acceptedAt });
  return { id, couponId, claims, traceContext: sampledTraceparent(raw.x) };
}

const split = (names: string | undefined): Claimant[] => (names ? (names.split(',') as Claimant[]) : []);

function naturalNumber(text: string | undefined): number | null {
  if (text === undefined || !/^[1-9][0-9]{0,15}$/.test(text)) return null;
  return Number(text);
}
