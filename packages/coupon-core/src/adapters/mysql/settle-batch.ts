import { claimantOf } from '../../coupon/claimant.js';
import type { Coupon } from '../../coupon/coupon.js';
import {
  type AcceptedClaim,
  decideSettlement,
  type Settlement,
  WITHOUT_GATE,
} from '../../coupon/decide-settlement.js';
import type { Claimant, CouponId } from '../../coupon/ids.js';
import type { Issue } from '../../coupon/issue.js';
import type { QueueEntry } from '../../issuance/issuance-queue.js';
import { EntryFault, type SettleResult } from '../../issuance/issue-store.js';
import { type CounterChange, lockCoupons, writeIssues } from './coupon-rows.js';
import { findIssuesSql, type IssueRow, toIssue } from './issue-rows.js';
import type { RecentRepeats } from './recent-repeats.js';
import type { Transaction } from './unit-of-work.js';

/**
 * Duplicates are rare where a gate meets them first, so a batch is inserted without looking, and a duplicate key rolls
 * it back as a whole. Only then, and for the coupon's next batches, the rows are looked up first: that costs a third to
 * a half of the insert.
 */
export type BatchMode = 'INSERT_FIRST' | 'LOOK_UP_FIRST';

export async function settleBatch(
  tx: Transaction,
  entries: readonly QueueEntry[],
  epochs: ReadonlyMap<CouponId, number>,
  mode: BatchMode,
  repeats: RecentRepeats,
): Promise<SettleResult> {
  const leftAlone = new Set<string>();
  const claims = new Map<CouponId, AcceptedClaim[]>();
  const coupons = await lockCoupons(tx, [...new Set(entries.map((entry) => entry.couponId))]);
  for (const entry of entries) {
    const coupon = coupons.get(entry.couponId);
    if (!coupon) throw new EntryFault(`There is no coupon ${entry.couponId}.`);
    if (epochs.get(entry.couponId) !== epochOf(coupon)) leftAlone.add(entry.id);
    else {
      claimsOf(claims, coupon.id).push(...entry.claims);
      if (entry.traceContext !== null) tx.traced(coupon.id, entry.traceContext);
    }
  }
  // Where a person may have several, whoever has a row already is nothing rare.
  const isLookedUp = (id: CouponId) => coupons.get(id)!.perUserLimit > 1 || repeats.has(id);
  const lookedUp = mode === 'LOOK_UP_FIRST' ? claims : new Map([...claims].filter(([id]) => isLookedUp(id)));
  const existing = await findExisting(tx, lookedUp);
  for (const couponId of existing.keys()) repeats.add(couponId);
  const settlements = new Map<CouponId, Settlement>();
  for (const [couponId, ofCoupon] of claims) {
    const coupon = coupons.get(couponId)!;
    settlements.set(couponId, decideSettlement(coupon, ofCoupon, existing.get(couponId) ?? new Map()));
  }
  return { leftAlone, ...(await writeSettlements(tx, coupons, settlements)) };
}

/** Under which epoch entries of the coupon are settled; null: under none, because it has no gate, or not yet. */
function epochOf(coupon: Coupon): number | null {
  if (coupon.admission === 'QUEUE') return WITHOUT_GATE.epoch;
  return coupon.epoch === WITHOUT_GATE.epoch ? null : coupon.epoch;
}

function claimsOf(claims: Map<CouponId, AcceptedClaim[]>, couponId: CouponId): AcceptedClaim[] {
  const known = claims.get(couponId);
  if (known) return known;
  const none: AcceptedClaim[] = [];
  claims.set(couponId, none);
  return none;
}

export async function writeSettlements(
  tx: Transaction,
  coupons: ReadonlyMap<CouponId, Coupon>,
  settlements: ReadonlyMap<CouponId, Settlement>,
): Promise<Omit<SettleResult, 'leftAlone'>> {
  const changes: CounterChange[] = [];
  const rows: Issue[] = [];
  const decided = new Map<CouponId, number>();
  let issued = 0;
  for (const [couponId, settlement] of settlements) {
    rows.push(...settlement.issued, ...settlement.rejected);
    issued += settlement.issued.length;
    // A rejected ticket took no unit, and a voided one needs none: the gate may give both again.
    const rejectedTickets = settlement.rejected.filter((row) => row.claim !== null).length;
    const voided = await noteVoided(tx, couponId, settlement.voided);
    const returned = rejectedTickets + voided;
    decided.set(couponId, settlement.issued.length + settlement.rejected.length + voided);
    if (settlement.issued.length + returned > 0) {
      changes.push({ couponId, issued: settlement.issued.length, issuedByV1: 0, givenBack: 0, returned });
    }
  }
  const views = writeIssues(tx, coupons, rows, changes);
  return { issued, rejected: rows.length - issued, decided, views };
}

/** A ticket that yields no row is noted once; answers how many were not noted yet. */
async function noteVoided(
  tx: Transaction,
  couponId: CouponId,
  voided: Settlement['voided'],
): Promise<number> {
  if (voided.length === 0) return 0;
  const noted = await tx.rows<{ epoch: number; ticket: number }>(
    'SELECT epoch, ticket FROM voided_tickets WHERE coupon_id = ? AND (epoch, ticket) IN (?)',
    [couponId, voided.map(({ epoch, ticket }) => [epoch, ticket])],
  );
  const known = new Set(noted.map(({ epoch, ticket }) => `${epoch}:${ticket}`));
  const fresh = voided.filter(({ epoch, ticket }) => {
    const name = `${epoch}:${ticket}`;
    return !known.has(name) && known.add(name);
  });
  if (fresh.length === 0) return 0;
  await tx.write('INSERT INTO voided_tickets (coupon_id, epoch, ticket, user_id, created_at) VALUES ?', [
    fresh.map(({ epoch, ticket, userId }) => [couponId, epoch, ticket, userId, new Date()]),
  ]);
  return fresh.length;
}

export async function findExisting(
  tx: Transaction,
  claims: ReadonlyMap<CouponId, readonly AcceptedClaim[]>,
): Promise<Map<CouponId, Map<Claimant, Issue>>> {
  const existing = new Map<CouponId, Map<Claimant, Issue>>();
  if (claims.size === 0) return existing;
  const claimants = new Map(
    [...claims].map(([couponId, list]) => [couponId, list.map((claim) => claim.userId)]),
  );
  for (const row of await tx.rows<IssueRow>(findIssuesSql(claimants))) {
    const issue = toIssue(row);
    const ofCoupon = existing.get(issue.couponId) ?? new Map<Claimant, Issue>();
    existing.set(issue.couponId, ofCoupon.set(claimantOf(issue), issue));
  }
  return existing;
}

/** Rows of one coupon. */
export function byClaimant(rows: readonly IssueRow[]): Map<Claimant, Issue> {
  return new Map(rows.map(toIssue).map((issue) => [claimantOf(issue), issue]));
}
