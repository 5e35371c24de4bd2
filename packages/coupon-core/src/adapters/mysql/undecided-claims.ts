import { type ClaimName, WITHOUT_GATE } from '../../coupon/decide-settlement.js';
import type { CouponId } from '../../coupon/ids.js';
import type { Issue } from '../../coupon/issue.js';
import { letterKey } from './dead-letter-rows.js';
import { findIssuesSql, type IssueRow } from './issue-rows.js';
import { byClaimant } from './settle-batch.js';
import type { Transaction } from './unit-of-work.js';

/** Of these claims the ones that nothing has decided: no row, no note, and no dead letter that somebody will decide. */
export async function findUndecided(
  tx: Transaction,
  couponId: CouponId,
  claims: readonly ClaimName[],
): Promise<ClaimName[]> {
  if (claims.length === 0) return [];
  const claimants = new Map([[couponId, claims.map(({ userId }) => userId)]]);
  const issues = byClaimant(await tx.rows<IssueRow>(findIssuesSql(claimants)));
  const withoutRow = claims.filter((claim) => !isRowOf(issues.get(claim.userId), claim));
  return withoutLetter(tx, couponId, await withoutNote(tx, couponId, withoutRow));
}

/** Without a ticket a claim is decided by whatever row its holder has; a ticket by the row that was made from it. */
function isRowOf(issue: Issue | undefined, { epoch, ticket }: ClaimName): boolean {
  if (!issue) return false;
  return (
    ticket === null ||
    epoch === WITHOUT_GATE.epoch ||
    (issue.claim?.epoch === epoch && issue.claim.ticket === ticket)
  );
}

async function withoutNote(
  tx: Transaction,
  couponId: CouponId,
  claims: readonly ClaimName[],
): Promise<ClaimName[]> {
  const tickets = claims.flatMap(({ epoch, ticket }) => (ticket === null ? [] : [[epoch, ticket]]));
  if (tickets.length === 0) return [...claims];
  const noted = await tx.rows<{ epoch: number; ticket: number }>(
    'SELECT epoch, ticket FROM voided_tickets WHERE coupon_id = ? AND (epoch, ticket) IN (?)',
    [couponId, tickets],
  );
  const known = new Set(noted.map(({ epoch, ticket }) => `${epoch}:${ticket}`));
  return claims.filter(({ epoch, ticket }) => !known.has(`${epoch}:${ticket}`));
}

async function withoutLetter(
  tx: Transaction,
  couponId: CouponId,
  claims: readonly ClaimName[],
): Promise<ClaimName[]> {
  if (claims.length === 0) return [];
  const letters = await tx.rows<{ key: string }>(
    'SELECT source_key AS `key` FROM dead_letters WHERE source_key IN (?)',
    [claims.map((claim) => letterKey(couponId, claim))],
  );
  const known = new Set(letters.map(({ key }) => key));
  return claims.filter((claim) => !known.has(letterKey(couponId, claim)));
}
