import type { Claim, GateRefusal, GateUnavailable } from '../../issuance/gate.js';
import type { Pace } from '../../issuance/issuance-queue.js';

type ShrunkCode = 'SHRUNK_AND_ENDED' | 'SHRUNK_AND_CLOSED';

/** What `claim-n` and `look-up-n` answer where a user holds no claim; the scripts' headers list the same codes. */
export const CLAIM_CODES: Readonly<Record<number, GateRefusal | GateUnavailable | 'LOST' | ShrunkCode>> = {
  [-1]: 'NOT_INITIALISED',
  [-2]: 'NOT_STARTED',
  [-3]: 'ENDED',
  [-4]: 'PAUSED',
  [-5]: 'CLOSED',
  [-6]: 'SOLD_OUT',
  [-7]: 'SETTLING',
  [-8]: 'QUEUE_FULL',
  [-9]: 'LOST',
  [-10]: 'SHRUNK_AND_ENDED',
  [-11]: 'SHRUNK_AND_CLOSED',
  [-12]: 'ALREADY_ISSUED',
};
export const LOOK_UP_CODES = { [-1]: 'NOT_INITIALISED', 0: 'NONE', [-10]: 'SHRUNK' } as const;

/** A claim as a bucket holds it: `ticket` of the gate's own epoch, `epoch:ticket` of an earlier one, `V`, `L`. */
export function encodeClaim(claim: Claim, gateEpoch: number): string {
  if (claim.kind !== 'TICKET') return claim.kind === 'V1' ? 'V' : 'L';
  return claim.epoch === gateEpoch ? `${claim.ticket}` : `${claim.epoch}:${claim.ticket}`;
}

export function decodeClaim(text: string, gateEpoch: number): Claim {
  if (text === 'V') return { kind: 'V1' };
  if (text === 'L') return { kind: 'LOST' };
  const colon = text.indexOf(':');
  if (colon < 0) return { kind: 'TICKET', epoch: gateEpoch, ticket: Number(text) };
  return { kind: 'TICKET', epoch: Number(text.slice(0, colon)), ticket: Number(text.slice(colon + 1)) };
}

/** One coupon's part of a reply: `[epoch, tickets, admitted, of these settled, answer …]`. */
export type CouponReply = [
  epoch: string,
  tickets: number,
  admitted: number,
  settled: number,
  ...answers: (string | number)[],
];
/** `[gate time in ms, backlog, drained per second, part …]`. */
export type GateReply = [now: number, backlog: number, rate: number, ...coupons: CouponReply[]];

/** Until a rate has been measured, and when nothing was drained lately: a modest guess, in claims a second. */
const ASSUMED_RATE = 1_000;

/** With a pace: when whoever has so many of the coupon ahead is served at the latest, if the consumers keep up. */
export function estimateWaitMs(position: number, [, backlog, rate]: GateReply, pace: Pace | null): number {
  if (pace) return (Math.floor(position / pace.claims) + 1) * pace.ms;
  return Math.ceil((backlog * 1_000) / (rate > 0 ? rate : ASSUMED_RATE));
}

/** Within an epoch `admitted − tickets` never changes: it is what was admitted before the epoch began. */
export function positionOf(claim: Claim, [epoch, tickets, admitted, settled]: CouponReply): number {
  if (claim.kind !== 'TICKET') return 0;
  const before = admitted - tickets;
  const ahead = claim.epoch === Number(epoch) ? before + claim.ticket - 1 : before;
  return Math.max(0, ahead - settled);
}
