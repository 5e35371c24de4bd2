import { escape as quote } from 'mysql2';
import { personOf } from '../../coupon/claimant.js';
import type { Claimant, CouponId, UserId } from '../../coupon/ids.js';
import type { Issue, Lifecycle } from '../../coupon/issue.js';
import type { RejectionReason } from '../../coupon/refusal.js';

/** A row of `coupon_issues` as the plain statements read it. */
export interface IssueRow {
  couponId: number;
  userId: string;
  status: 'ISSUED' | 'REJECTED';
  issueNumber: number | null;
  reason: RejectionReason | null;
  lifecycle: Lifecycle | null;
  epoch: number | null;
  ticket: number | null;
  issuedAt: Date | null;
  expiresAt: Date | null;
  ordinal: number;
  requestKey: string | null;
}

const COLUMNS = `coupon_id AS couponId, user_id AS userId, status, issue_number AS issueNumber, reason, lifecycle,
  epoch, ticket, issued_at AS issuedAt, expires_at AS expiresAt, ordinal, request_key AS requestKey`;

/**
 * The final rows of some people, by coupon: all of theirs, also where a claimant is only a part of one. The index is named and the ids are numbers and ascii strings, because
 * the server otherwise prefers to read every row of a coupon.
 */
export function findIssuesSql(claimants: ReadonlyMap<CouponId, readonly Claimant[]>): string {
  const ofCoupon = ([couponId, ids]: [CouponId, readonly Claimant[]]) =>
    `(coupon_id = ${couponId} AND user_id IN (${ids.map((id) => quote(personOf(id))).join(',')}))`;
  return `SELECT ${COLUMNS} FROM coupon_issues FORCE INDEX (PRIMARY) WHERE ${[...claimants].map(ofCoupon).join(' OR ')}`;
}

/** The issues with these numbers, none of them a rejection. */
export const findIssuesByNumberSql = (couponId: CouponId, numbers: ReadonlySet<number>): string =>
  `SELECT ${COLUMNS} FROM coupon_issues FORCE INDEX (coupon_issues_number)
     WHERE coupon_id = ${couponId} AND issue_number IN (${[...numbers].join(',')})`;

export function toIssue(row: IssueRow): Issue {
  const couponId = Number(row.couponId) as CouponId;
  const userId = row.userId as UserId;
  const claim =
    row.ticket === null || row.epoch === null ? null : { epoch: row.epoch, ticket: Number(row.ticket) };
  const keyed = row.requestKey === null ? undefined : { key: row.requestKey, ordinal: row.ordinal };
  if (row.status === 'REJECTED') {
    return { status: 'REJECTED', couponId, userId, reason: row.reason!, claim, keyed };
  }
  return {
    status: 'ISSUED',
    couponId,
    userId,
    issueNumber: Number(row.issueNumber),
    issuedAt: row.issuedAt!.getTime(),
    expiresAt: row.expiresAt?.getTime() ?? null,
    lifecycle: row.lifecycle,
    claim,
    keyed,
  };
}

/** Inserts final rows, sorted by key: in that order they neither deadlock nor scatter over the pages. */
export function insertIssuesSql(issues: readonly Issue[]): string {
  const time = timeLiterals();
  // Most coupons need neither column, and a shorter statement is read faster.
  const keyed = issues.some((issue) => issue.keyed !== undefined);
  const rows = [...issues].sort(byKey).map((issue) => valuesOf(issue, time, keyed));
  return `INSERT INTO coupon_issues
    (${keyed ? 'ordinal, request_key, ' : ''}coupon_id, user_id, status, issue_number, reason, epoch, ticket, issued_at, expires_at)
    VALUES ${rows.join(',')}`;
}

function byKey(a: Issue, b: Issue): number {
  if (a.couponId !== b.couponId) return a.couponId - b.couponId;
  if (a.userId !== b.userId) return a.userId < b.userId ? -1 : 1;
  return (a.keyed?.ordinal ?? 1) - (b.keyed?.ordinal ?? 1);
}

function valuesOf(issue: Issue, time: (at: number | null) => string, keyed: boolean): string {
  const { couponId, userId, status, claim } = issue;
  const origin = `${claim?.epoch ?? 'NULL'},${claim?.ticket ?? 'NULL'}`;
  const place = keyed ? `${issue.keyed?.ordinal ?? 1},${quote(issue.keyed?.key ?? null)},` : '';
  const key = `${place}${couponId},${quote(userId)},'${status}'`;
  return issue.status === 'ISSUED'
    ? `(${key},${issue.issueNumber},NULL,${origin},${time(issue.issuedAt)},${time(issue.expiresAt)})`
    : `(${key},NULL,'${issue.reason}',${origin},NULL,NULL)`;
}

/** Milliseconds as DATETIME(3) literals in UTC, each made once: the rows of a batch share a few moments. */
function timeLiterals(): (at: number | null) => string {
  const known = new Map<number | null, string>([[null, 'NULL']]);
  return (at) => {
    const literal = known.get(at) ?? `'${new Date(at!).toISOString().slice(0, 23).replace('T', ' ')}'`;
    known.set(at, literal);
    return literal;
  };
}
