import { escape as quote } from 'mysql2';
import type { CouponId, UserId } from '../../coupon/ids.js';
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
}

const COLUMNS = `coupon_id AS couponId, user_id AS userId, status, issue_number AS issueNumber, reason, lifecycle,
  epoch, ticket, issued_at AS issuedAt, expires_at AS expiresAt`;

/**
 * The final rows of some users, by coupon. The index is named and the ids are numbers and ascii strings, because
 * the server otherwise prefers to read every row of a coupon.
 */
export function findIssuesSql(users: ReadonlyMap<CouponId, readonly UserId[]>): string {
  const ofCoupon = ([couponId, ids]: [CouponId, readonly UserId[]]) =>
    `(coupon_id = ${couponId} AND user_id IN (${ids.map((id) => quote(id)).join(',')}))`;
  return `SELECT ${COLUMNS} FROM coupon_issues FORCE INDEX (PRIMARY) WHERE ${[...users].map(ofCoupon).join(' OR ')}`;
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
  if (row.status === 'REJECTED') return { status: 'REJECTED', couponId, userId, reason: row.reason!, claim };
  return {
    status: 'ISSUED',
    couponId,
    userId,
    issueNumber: Number(row.issueNumber),
    issuedAt: row.issuedAt!.getTime(),
    expiresAt: row.expiresAt?.getTime() ?? null,
    lifecycle: row.lifecycle,
    claim,
  };
}

/** Inserts final rows, sorted by key: in that order they neither deadlock nor scatter over the pages. */
export function insertIssuesSql(issues: readonly Issue[]): string {
  const time = timeLiterals();
  const rows = [...issues]
    .sort((a, b) => a.couponId - b.couponId || (a.userId < b.userId ? -1 : 1))
    .map((issue) => valuesOf(issue, time));
  return `INSERT INTO coupon_issues
    (coupon_id, user_id, status, issue_number, reason, epoch, ticket, issued_at, expires_at) VALUES ${rows.join(',')}`;
}

function valuesOf(issue: Issue, time: (at: number | null) => string): string {
  const { couponId, userId, status, claim } = issue;
  const origin = `${claim?.epoch ?? 'NULL'},${claim?.ticket ?? 'NULL'}`;
  const key = `${couponId},${quote(userId)},'${status}'`;
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
