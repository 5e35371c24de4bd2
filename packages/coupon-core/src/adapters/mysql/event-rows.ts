import { enqueueSql, newMessageId, type Outgoing } from 'messaging';
import { COUPON_EVENTS, type CouponEventContent } from '../../contracts/coupon-events.js';
import type { Coupon, CouponDefinition } from '../../coupon/coupon.js';
import type { CouponId } from '../../coupon/ids.js';
import type { Issue, IssuedCoupon, RejectedClaim } from '../../coupon/issue.js';
import type { Transaction } from './unit-of-work.js';

/**
 * Writes an event of a coupon whose row is locked, together with its number. For what operators do; batches count
 * their events with their other counters (`moveCounters`).
 */
export function writeEvent(tx: Transaction, event: CouponEventContent): void {
  if (!tx.tellsEvents) return;
  tx.atTheEnd([
    `UPDATE coupons SET event_count = event_count + 1 WHERE id = ${event.body.couponId}`,
    enqueueEventsSql(tx, [event]),
  ]);
}

/** How many of the events are of each coupon. */
export function countEvents(events: readonly CouponEventContent[]): Map<CouponId, number> {
  const counts = new Map<CouponId, number>();
  for (const { body } of events) {
    const couponId = body.couponId as CouponId;
    counts.set(couponId, (counts.get(couponId) ?? 0) + 1);
  }
  return counts;
}

/** Behind the statement that adds to `event_count`: the last event of a coupon has its number, the others those before. */
export function enqueueEventsSql(
  tx: Pick<Transaction, 'traceOf'>,
  events: readonly CouponEventContent[],
): string {
  const left = countEvents(events);
  const occurredAt = Date.now();
  const messages = events.map((event): Outgoing => {
    const couponId = event.body.couponId as CouponId;
    const behind = left.get(couponId)! - 1;
    left.set(couponId, behind);
    return {
      ...event,
      id: newMessageId(),
      key: String(couponId),
      sequence: { sql: `SELECT event_count - ${behind} FROM coupons WHERE id = ${couponId}` },
      occurredAt,
      causation: null,
      correlation: tx.traceOf(couponId),
    };
  });
  return enqueueSql(COUPON_EVENTS, messages);
}

/** What final rows of a batch mean to others: at most two events a coupon, since a row each is what a rush cannot pay. */
export function eventsOf(issues: readonly Issue[]): CouponEventContent[] {
  const events: CouponEventContent[] = [];
  for (const [couponId, ofCoupon] of Map.groupBy(issues, (issue) => issue.couponId)) {
    const issued = ofCoupon.filter((issue): issue is IssuedCoupon => issue.status === 'ISSUED');
    const rejected = ofCoupon.filter((issue): issue is RejectedClaim => issue.status === 'REJECTED');
    if (issued.length > 0) {
      // Numbers are given in the order of the decisions, without a gap.
      const firstIssueNumber = issued[0]!.issueNumber;
      const userIds = issued.map(({ userId }) => userId);
      events.push({ type: 'ISSUED', version: 1, body: { couponId, firstIssueNumber, userIds } });
    }
    if (rejected.length > 0) {
      const claims = rejected.map(({ userId, reason }) => ({ userId, reason }));
      events.push({ type: 'REJECTED', version: 1, body: { couponId, claims } });
    }
  }
  return events;
}

type CampaignChange = Extract<CouponEventContent, { type: 'CAMPAIGN_CHANGED' }>['body']['change'];

/** `coupon`: as it is behind the change. */
export function campaignChanged(
  change: CampaignChange,
  coupon: CouponDefinition & Pick<Coupon, 'id' | 'state'>,
): CouponEventContent {
  const { id, title, state, totalQuantity, issueMode, admission } = coupon;
  const { issueStartsAt, issueEndsAt, perUserLimit } = coupon;
  const campaign = { title, state, totalQuantity, issueMode, issueStartsAt, issueEndsAt, perUserLimit };
  return { type: 'CAMPAIGN_CHANGED', version: 2, body: { couponId: id, change, ...campaign, admission } };
}
