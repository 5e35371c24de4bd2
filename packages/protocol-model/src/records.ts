// What the servers hold.
import type { Epoch, ProcessId, RowVersion, RunId, Ticket, TicketKey, UserId } from './ids.js';

export type CouponState = 'OPEN' | 'PAUSED' | 'CLOSED';

export type Refusal = 'SOLD_OUT' | 'ENDED' | Exclude<CouponState, 'OPEN'>;

/** The last two exist only where a guard is taken away. */
export type RejectReason = 'SOLD_OUT' | 'DISCARDED' | 'LOST_IN_INCIDENT' | 'TOO_MANY_DELIVERIES' | 'ENDED';

/** Where a claim or row comes from; both null where it never had a ticket. */
export interface ClaimName {
  readonly user: UserId;
  readonly epoch: Epoch | null;
  readonly ticket: Ticket | null;
}

// ---- MySQL -------------------------------------------------------------------------------------

/** The coupon's row: absolute counters, changed under its lock only. */
export interface Row {
  version: RowVersion;
  total: number;
  /** A decrease that is announced and not decided yet. */
  pendingTotal: number | null;
  /** The row's version at the announcement, which names it. */
  pendingId: RowVersion;
  /** Units that came back, by cancellation or by a ticket that used none up. */
  returned: number;
  issued: number;
  issuedByV1: number;
  /** The part of `issued` that was cancelled. */
  givenBack: number;
  state: CouponState;
  epoch: Epoch;
  mintedEpoch: Epoch;
}

export interface IssuedRow extends ClaimName {
  readonly status: 'ISSUED';
  readonly number: number;
  readonly via: 'V1' | 'V2';
  readonly at: number;
  cancelled: boolean;
}

export interface RejectedRow extends ClaimName {
  readonly status: 'REJECTED';
  readonly reason: RejectReason;
}

/** A person's one final row. */
export type IssueRow = IssuedRow | RejectedRow;

/** What tells whether a ticket is settled. */
export interface Settled {
  readonly issues: readonly IssueRow[];
  /** Tickets that yielded no row of their own. */
  readonly voids: ReadonlySet<TicketKey>;
}

export interface MySql extends Settled {
  up: boolean;
  readonly row: Row;
  readonly issues: IssueRow[];
  readonly voids: Set<TicketKey>;
  readonly deadLetters: Map<TicketKey, Entry>;
}

/** All that a gate may know of the row. */
export interface GateView {
  readonly version: RowVersion;
  readonly state: CouponState;
  readonly capacity: number;
  readonly pendingCapacity: number | null;
}

/** What a rebuild reads in the transaction that activates its epoch. */
export interface RowsAtActivation extends Settled {
  readonly view: GateView;
  readonly row: Readonly<Row>;
  readonly deadLetters: readonly Entry[];
}

// ---- Redis -------------------------------------------------------------------------------------

/** What the gate remembers of one person. */
export type HeldClaim = { readonly at: number } & (
  | { readonly origin: 'ADMITTED'; readonly epoch: Epoch; readonly ticket: Ticket }
  /** A receipt was shown for a claim that is gone, and no unit was left. */
  | { readonly origin: 'LOST'; readonly epoch: Epoch; readonly ticket: null }
  /** V1 told the gate of its issue. */
  | { readonly origin: 'V1'; readonly epoch: Epoch; readonly ticket: null }
  /** A rebuild found the person's row. */
  | { readonly origin: 'ROW'; readonly epoch: Epoch | null; readonly ticket: Ticket | null }
);

export type ClaimOfUser = HeldClaim & { readonly user: UserId };

export interface GateHeader {
  readonly epoch: Epoch;
  version: RowVersion;
  capacity: number;
  state: CouponState;
  /** Tickets that count against the capacity. */
  given: number;
  /** Receipts that this gate has recorded as lost. */
  losses: number;
  /** Units are there, but are said to be gone until this moment. */
  sellsFrom: number;
  /** Only receipts are admitted until this moment. */
  settleUntil: number;
}

export interface Gate extends GateHeader {
  readonly runId: RunId;
  /** The claims were dropped after the close. */
  shrunk: boolean;
  claims: Map<UserId, HeldClaim>;
}

/** A gate that is being loaded beside the present one; its header comes last. */
export interface LoadedGate {
  readonly header: GateHeader | null;
  readonly claims: Map<UserId, HeldClaim>;
}

export interface BuiltGate {
  readonly header: GateHeader;
  readonly claims: ReadonlyMap<UserId, HeldClaim>;
}

export interface Fence {
  readonly epoch: Epoch;
  readonly runId: RunId;
}

interface EntryHead {
  readonly id: number;
  readonly user: UserId;
  readonly epoch: Epoch;
  owner: ProcessId | null;
  readAt: number;
  deliveries: number;
  poison: boolean;
}

/** One entry of the queue. */
export type Entry = EntryHead &
  ({ readonly kind: 'CLAIM'; readonly ticket: Ticket } | { readonly kind: 'LOST'; readonly ticket: null });

/** Everything that a restart may bring back in an older form. */
export interface RedisData {
  gate: Gate | null;
  fence: Fence | null;
  built: Map<Epoch, LoadedGate>;
  stream: Entry[];
}

export interface Redis extends RedisData {
  runId: RunId;
  /** The data after each of the last writes, the latest at the end. */
  readonly history: RedisData[];
}

// ---- Kafka -------------------------------------------------------------------------------------

/** An entry of the gate's stream, and the epoch that the gate had when the relay read it there. */
export interface TopicRecord {
  readonly entry: Entry;
  readonly readFrom: Epoch;
}

/** One partition, since all entries of a coupon are in one. */
export interface Topic {
  readonly records: TopicRecord[];
  /** The group's offset: everything below it is done with. */
  committed: number;
  /** Whose the partition is. Another may be at work on what it read before, but can commit no offset. */
  owner: ProcessId;
  /** Sent by a relay that has given up waiting; they may land at any time. */
  readonly underWay: TopicRecord[][];
}
