import type { CouponEventContent } from '../../contracts/coupon-events.js';
import { type Coupon, type GateView, gateView, remaining } from '../../coupon/coupon.js';
import type { CouponId } from '../../coupon/ids.js';
import type { Issue } from '../../coupon/issue.js';
import { COUPON_COLUMNS, type CouponRow, toCoupon } from './coupon.row.js';
import { countEvents, enqueueEventsSql, eventsOf } from './event-rows.js';
import { insertIssuesSql } from './issue-rows.js';
import type { Transaction } from './unit-of-work.js';

/** By how much a batch moves a coupon's counters; zero and absent are the same. */
export interface CounterChange {
  couponId: CouponId;
  issued: number;
  issuedByV1: number;
  givenBack: number;
  returned: number;
  /** Numbers that are taken for events of the same transaction. */
  events?: number;
}

/**
 * Locks the rows in ascending order of id, as every transaction does, so that none can wait for another in a ring. The
 * index is named: for a good part of all coupons the server prefers to read the whole table, and then waits for the
 * locks of coupons that nobody asked for.
 */
export const lockCouponsSql = (ids: readonly CouponId[]): string =>
  `SELECT ${COUPON_COLUMNS} FROM coupons FORCE INDEX (PRIMARY) WHERE id IN (${ids.join(',')}) ORDER BY id FOR UPDATE`;

export async function lockCoupons(tx: Transaction, ids: readonly CouponId[]): Promise<Map<CouponId, Coupon>> {
  return couponsById(await tx.rows<CouponRow>(lockCouponsSql(ids)));
}

export function couponsById(rows: readonly CouponRow[]): Map<CouponId, Coupon> {
  return new Map(rows.map((row) => [Number(row.id) as CouponId, toCoupon(row)]));
}

/**
 * The database's clock when this statement begins. It stands behind the lock, so that nobody waits past the end of
 * the window: a statement of its own, since the clock of the lock's statement would be that of before the wait.
 */
export const CLOCK_SQL = 'SELECT UTC_TIMESTAMP(3) AS now';

/** The gate learns of a coupon's change only where its capacity moved. */
const movesGate = ({ issuedByV1, returned }: CounterChange): boolean => issuedByV1 > 0 || returned > 0;

/** One statement for all coupons of a batch: a statement each is twenty times slower with 500 coupons. */
export function changeCountersSql(changes: readonly CounterChange[]): string {
  const sum = (column: string, amount: (change: CounterChange) => number): string => {
    const cases = changes
      .filter((change) => amount(change) > 0)
      .map((c) => `WHEN ${c.couponId} THEN ${amount(c)}`);
    return cases.length === 0 ? '' : `${column} = ${column} + CASE id ${cases.join(' ')} ELSE 0 END, `;
  };
  return `UPDATE coupons FORCE INDEX (PRIMARY) SET ${sum('issued_quantity', (c) => c.issued)}${sum('issued_by_v1', (c) => c.issuedByV1)}${sum('given_back', (c) => c.givenBack)}${sum(
    'returned',
    (c) => c.returned,
  )}${sum('event_count', (c) => c.events ?? 0)}${sum('gate_version', (c) => (movesGate(c) ? 1 : 0))}version = version + 1, updated_at = UTC_TIMESTAMP(3)
    WHERE id IN (${changes.map((c) => c.couponId).join(',')})`;
}

/**
 * Inserts the rows, moves the counters and writes the events when the transaction ends; answers the views that the gate
 * has to learn.
 */
export function writeIssues(
  tx: Transaction,
  coupons: ReadonlyMap<CouponId, Coupon>,
  issues: readonly Issue[],
  changes: readonly CounterChange[],
): GateView[] {
  if (issues.length > 0) tx.atTheEnd([insertIssuesSql(issues)]);
  return moveCounters(tx, coupons, changes, tx.tellsEvents ? eventsOf(issues) : []);
}

/** Without rows. Selling out is something that readers should see at once, and so is having units again. */
export function moveCounters(
  tx: Transaction,
  coupons: ReadonlyMap<CouponId, Coupon>,
  counters: readonly CounterChange[],
  toTell: readonly CouponEventContent[],
): GateView[] {
  const events = tx.tellsEvents ? toTell : [];
  const changes = withEvents(counters, countEvents(events));
  if (changes.length > 0) tx.atTheEnd([changeCountersSql(changes)]);
  if (events.length > 0) tx.atTheEnd([enqueueEventsSql(tx, events)]);
  const views: GateView[] = [];
  for (const change of changes) {
    const before = coupons.get(change.couponId)!;
    const after = afterChange(before, change);
    if (movesGate(change)) views.push(gateView(after));
    if ((remaining(after) === 0) !== (remaining(before) === 0)) tx.couponChanged(before.id);
  }
  return views;
}

/** A coupon may have an event and no other counter that moves: a claim that was lost took no ticket. */
function withEvents(
  changes: readonly CounterChange[],
  events: ReadonlyMap<CouponId, number>,
): readonly CounterChange[] {
  if (events.size === 0) return changes;
  const changed = new Set(changes.map(({ couponId }) => couponId));
  const none = { issued: 0, issuedByV1: 0, givenBack: 0, returned: 0 };
  const others = [...events.keys()].filter((couponId) => !changed.has(couponId));
  return [...changes, ...others.map((couponId) => ({ couponId, ...none }))].map((change) => ({
    ...change,
    events: events.get(change.couponId) ?? 0,
  }));
}

function afterChange(before: Coupon, { issued, issuedByV1, givenBack, returned }: CounterChange): Coupon {
  return {
    ...before,
    issuedQuantity: before.issuedQuantity + issued,
    issuedByV1: before.issuedByV1 + issuedByV1,
    givenBack: before.givenBack + givenBack,
    returned: before.returned + returned,
    gateVersion: before.gateVersion + 1,
  };
}
