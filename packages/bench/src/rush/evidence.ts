import type { Door } from './doors.js';
import type { Tally } from './tally-answers.js';

/** A row of `coupon_issues`. */
export interface IssueRow {
  userId: string;
  ordinal: number;
  status: string;
  issueNumber: number | null;
  ticket: number | null;
  /** Why it was rejected. */
  reason: string | null;
  /** What has happened to the issue since; null: nothing. */
  lifecycle: string | null;
}

export interface CouponCounters {
  totalQuantity: number;
  issuedQuantity: number;
  /** Of these, units that came back and may be issued once more. */
  givenBack: number;
  /** Not where V1 alone serves the coupon, nor where the queue admits. */
  hasGate: boolean;
}

/** The gate's own numbers. */
export interface GateCounters {
  capacity: number;
  admitted: number;
}

/** All that can be seen of a finished rush from outside: the answers, the rows, the gate, the queue. */
export interface Evidence {
  door: Door;
  users: number;
  /** Of these, how many asked, where the time ended before everybody had. */
  asked?: number;
  total: number;
  /** The gate lost claims: who holds one may be rejected for that, and tickets begin anew. */
  mayLoseClaims?: boolean;
  tally: Tally;
  rows: readonly IssueRow[];
  coupon: CouponCounters;
  /** null: the gate has no such coupon. */
  gate: GateCounters | null;
  queueLength: number;
}
