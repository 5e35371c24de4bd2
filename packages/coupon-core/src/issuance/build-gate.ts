import { type Coupon, capacity, gateView, live } from '../coupon/coupon.js';
import type { UserId } from '../coupon/ids.js';
import type { BuiltGate, Claim, Survivors } from './gate.js';
import type { RebuildRows } from './issue-store.js';

/** For how long after a rebuild only holders of a verified receipt are admitted. */
export const SETTLEMENT_MS = 5_000;

/** Rows and survivors become the claims and the count of tickets of a new gate: a pure function. */
export function buildGate(
  rows: RebuildRows,
  epoch: number,
  survivors: Survivors,
  settlementMs: number,
): BuiltGate {
  const claims = new Map<UserId, Claim>();
  const settled = new Set<string>();
  for (const { userId, epoch: origin, ticket } of rows.voids) settled.add(nameOf(userId, origin, ticket));
  for (const { userId, claim, rejectedAsLost } of rows.issues) {
    if (claim) settled.add(nameOf(userId, claim.epoch, claim.ticket));
    claims.set(userId, claim ? { kind: 'TICKET', ...claim } : { kind: rejectedAsLost ? 'LOST' : 'V1' });
  }
  const unsettled = new Set<string>();
  const keep = (userId: UserId, claim: Claim) => {
    // A claim keeps the epoch and ticket that it was given: its receipt and its row name them.
    if (!claims.has(userId)) claims.set(userId, claim);
    if (claim.kind !== 'TICKET') return;
    const name = nameOf(userId, claim.epoch, claim.ticket);
    if (!settled.has(name)) unsettled.add(name);
  };
  for (const { userId, claim } of survivors.claims) keep(userId, claim);
  for (const { userId, epoch: origin, ticket } of [...survivors.queued, ...rows.deadLetters]) {
    keep(userId, ticket === null ? { kind: 'LOST' } : { kind: 'TICKET', epoch: origin, ticket });
  }
  const { coupon } = rows;
  const admitted = ticketsGiven(coupon, unsettled.size);
  return { view: gateView(coupon), epoch, admitted, unsettled: unsettled.size, claims, settlementMs };
}

/** Units that are neither issued nor promised stay free; every other one counts as a ticket given. */
function ticketsGiven(coupon: Coupon, unsettled: number): number {
  if (coupon.totalQuantity === null) return live(coupon) + unsettled;
  return capacity(coupon) - (coupon.totalQuantity - live(coupon) - unsettled);
}

const nameOf = (userId: UserId, epoch: number, ticket: number): string => `${epoch}:${ticket}:${userId}`;
