/** `ASYNC`: the gate's door only. `BOTH`: V1 issues from the rows on the same coupon. */
export type Mode = 'ASYNC' | 'BOTH';

/** What stands between gate and consumers: the stream alone, a waiting line in its place, or a relay and a topic behind it. */
export type Queue = 'STREAM' | 'LINE' | 'TOPIC';

/** Which steps are drawn more often than usual. */
export type Focus = 'all' | 'reopening' | 'rebuild' | 'closing' | 'sweeping';

/**
 * The protocol's delays, all in milliseconds. Zero leaves the delay out. Leases are only safe while
 * `reopenDelayMs` exceeds `leaseMs`.
 */
export interface Times {
  /** For how long an API process may say "sold out" from memory. */
  readonly leaseMs: number;
  /** For how long a gate that has units again still says "sold out". */
  readonly reopenDelayMs: number;
  /** For how long a new gate admits nobody without a receipt. */
  readonly settlementMs: number;
  /** After what time another consumer may take over an entry that was read and not acknowledged. */
  readonly reclaimIdleMs: number;
}

export const DEFAULT_TIMES: Times = {
  leaseMs: 500,
  reopenDelayMs: 600,
  settlementMs: 5000,
  reclaimIdleMs: 300,
};

/** For comparing with real servers, which should not be waited for. */
export const NO_DELAYS: Times = { leaseMs: 0, reopenDelayMs: 0, settlementMs: 0, reclaimIdleMs: 0 };

/** Kinds of steps and faults that a campaign can do without. */
export type Omission =
  /** API processes never learn that the coupon is sold out. */
  | 'LEASES'
  | 'LOOK_UPS'
  | 'CANCELLATIONS'
  | 'RAISES'
  | 'DECREASES'
  | 'PAUSES'
  | 'CLOSING'
  | 'SHRINKING'
  | 'RECONCILIATION'
  /** Rebuilds of a gate that works. */
  | 'SPARE_REBUILDS'
  | 'RESTARTS'
  /** Restarts that lose the last writes; without them a restart keeps everything. */
  | 'CUT_TAILS'
  | 'FLUSHES'
  /** Processes that die in the middle of something. */
  | 'KILLS'
  | 'MESSAGE_LOSS'
  | 'MESSAGE_REPEATS'
  | 'MYSQL_OUTAGES'
  | 'PARTITIONS'
  /** A script, an acknowledgement or an answer took effect, but its reply did not arrive. */
  | 'LOST_REPLIES'
  /** A transaction was committed, and whoever sent it does not know. */
  | 'UNKNOWN_COMMITS'
  | 'FAILED_COMMITS';

/** One coupon's campaign and the troubles it meets. */
export interface Campaign {
  readonly mode: Mode;
  readonly queue: Queue;
  /** Messages and requests take at most `MESSAGE_DELAY_MS_MAX`, so I6 is checked too. */
  readonly timely: boolean;
  readonly total: number;
  readonly users: number;
  /** Milliseconds on the model's clock, which starts at 1000; may be Infinity. */
  readonly endsAt: number;
  readonly focus: Focus;
  /** Starts with a claim that Redis loses and whose receipt is kept. */
  readonly lossFirst: boolean;
  /** Twice as many steps. */
  readonly deep: boolean;
  readonly dataLoss: boolean;
  readonly crashes: boolean;
  readonly operators: boolean;
  /** Entries that cannot be settled and become dead letters. */
  readonly poison: boolean;
  readonly times: Times;
  readonly without: readonly Omission[];
}

/** What is fixed for every run of an exploration; the rest is drawn from the seed, or the default. */
export type Profile = Partial<Campaign>;
