import type { CouponId, UserId } from '../../coupon/ids.js';
import type { RebuildRows } from '../../issuance/issue-store.js';
import { lockCoupons } from './coupon-rows.js';
import { readDeadClaims } from './dead-letter-rows.js';
import type { Transaction } from './unit-of-work.js';

const PAGE_ROWS = 20_000;

interface IssueOrigin {
  userId: UserId;
  epoch: number | null;
  ticket: number | null;
  reason: string | null;
}

/** Everything a rebuild counts, under the coupon's lock: nobody can settle a claim of this coupon meanwhile. */
export async function readRebuildRows(tx: Transaction, couponId: CouponId): Promise<RebuildRows> {
  const coupon = (await lockCoupons(tx, [couponId])).get(couponId)!;
  const issues: RebuildRows['issues'] = [];
  let lastUser = '';
  for (;;) {
    // Left to itself, MySQL reads and sorts all rows of the coupon once a page.
    const page = await tx.rows<IssueOrigin>(
      `SELECT user_id AS userId, epoch, ticket, reason FROM coupon_issues FORCE INDEX (PRIMARY)
         WHERE coupon_id = ? AND user_id > ? ORDER BY coupon_id, user_id LIMIT ${PAGE_ROWS}`,
      [couponId, lastUser],
    );
    for (const { userId, epoch, ticket, reason } of page) {
      const claim = epoch === null || ticket === null ? null : { epoch, ticket: Number(ticket) };
      issues.push({ userId, claim, rejectedAsLost: reason === 'LOST_IN_INCIDENT' });
    }
    if (page.length < PAGE_ROWS) break;
    lastUser = page.at(-1)!.userId;
  }
  const voids = await tx.rows<RebuildRows['voids'][number]>(
    'SELECT epoch, ticket, user_id AS userId FROM voided_tickets WHERE coupon_id = ?',
    [couponId],
  );
  return { coupon, issues, voids, deadLetters: await readDeadClaims(tx, couponId) };
}
