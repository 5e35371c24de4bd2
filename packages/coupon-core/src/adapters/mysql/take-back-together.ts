import type { AuditAction } from '../../campaign/audit-log.js';
import type { CouponEventContent } from '../../contracts/coupon-events.js';
import { type Coupon, type GateView, hasGate } from '../../coupon/coupon.js';
import { decideTakeBacks, type TakeBackDecision, type TakenBack } from '../../coupon/decide-take-back.js';
import type { CouponId } from '../../coupon/ids.js';
import type { IssuedCoupon } from '../../coupon/issue.js';
import type { TakeBackRequest, TakeBackResult } from '../../issuance/issue-store.js';
import { insertAuditSql } from './audit-rows.js';
import type { CouponRow } from './coupon.row.js';
import { CLOCK_SQL, couponsById, lockCouponsSql, moveCounters } from './coupon-rows.js';
import { writeEvent } from './event-rows.js';
import { findIssuesByNumberSql, type IssueRow, toIssue } from './issue-rows.js';
import type { Transaction } from './unit-of-work.js';

type Clock = { now: Date }[];

const ACTIONS: Readonly<Record<TakenBack, AuditAction>> = {
  CANCELLED: 'CANCEL_ISSUE',
  REVOKED: 'REVOKE_ISSUE',
};

/**
 * Looks without a lock first: repeats, and numbers that are somebody else's, never wait at the row of a hot coupon,
 * nor keep others waiting there. What can be taken back is decided again under the lock of the coupon, then the issues'.
 */
export async function takeBackTogether(
  tx: Transaction,
  couponId: CouponId,
  members: readonly TakeBackRequest[],
  as: TakenBack,
): Promise<TakeBackResult> {
  const find = findIssuesByNumberSql(couponId, new Set(members.map(({ issueNumber }) => issueNumber)));
  // A row that has a number is an issued one.
  const decide = (rows: IssueRow[], [clock]: Clock) =>
    decideTakeBacks(
      rows.map((row) => toIssue(row) as IssuedCoupon),
      members,
      as,
      clock!.now.getTime(),
    );

  const [found, clock] = await tx.together<[IssueRow[], Clock]>([find, CLOCK_SQL]);
  const early = decide(found, clock);
  if (!early.some(isTakenBack)) return { decisions: early, view: null };
  const [rows, later, locked] = await tx.together<[CouponRow[], Clock, IssueRow[]]>([
    lockCouponsSql([couponId]),
    CLOCK_SQL,
    `${find} FOR UPDATE`,
  ]);
  const decisions = decide(locked, later);
  const ended = decisions.filter(isTakenBack).map(({ issue }) => issue);
  if (ended.length === 0) return { decisions, view: null };
  const view = await write(tx, couponsById(rows).get(couponId)!, ended, as);
  tx.atTheEnd(auditOf(members, decisions));
  return { decisions, view };
}

const isTakenBack = (
  decision: TakeBackDecision,
): decision is Extract<TakeBackDecision, { outcome: 'TAKEN_BACK' }> => decision.outcome === 'TAKEN_BACK';

/** A unit is counted once, because a row whose lifecycle has begun does not match a second time. */
async function write(
  tx: Transaction,
  coupon: Coupon,
  ended: readonly IssuedCoupon[],
  as: TakenBack,
): Promise<GateView | null> {
  const numbers = ended.map(({ issueNumber }) => issueNumber);
  const { affectedRows } = await tx.write(
    `UPDATE coupon_issues FORCE INDEX (coupon_issues_number) SET lifecycle = '${as}'
       WHERE coupon_id = ${coupon.id} AND issue_number IN (${numbers.join(',')}) AND lifecycle IS NULL`,
  );
  const units = ended.length;
  if (affectedRows !== units) throw new Error(`${affectedRows} rows changed, where ${units} are taken back.`);
  const issues = ended.map(({ userId, issueNumber }) => ({ userId, issueNumber }));
  const event: CouponEventContent = {
    type: 'CANCELLED',
    version: 1,
    body: { couponId: coupon.id, lifecycle: as, issues },
  };
  if (!coupon.returnCancelledUnits) {
    writeEvent(tx, event);
    return null;
  }
  const change = { couponId: coupon.id, issued: 0, issuedByV1: 0, givenBack: units, returned: units };
  const [view] = moveCounters(tx, new Map([[coupon.id, coupon]]), [change], [event]);
  return hasGate(coupon) ? view! : null;
}

/** Owners are not audited: what they do with their own stands in the row. */
function auditOf(members: readonly TakeBackRequest[], decisions: readonly TakeBackDecision[]): string[] {
  return decisions.flatMap((decision, i) => {
    const { by } = members[i]!;
    if (by === null || !isTakenBack(decision)) return [];
    const { couponId, userId, issueNumber, lifecycle } = decision.issue;
    const before = { userId, issueNumber, lifecycle: null };
    return [
      insertAuditSql(by, { action: ACTIONS[lifecycle], couponId, before, after: { ...before, lifecycle } }),
    ];
  });
}
