import type { Operator } from '../campaign/audit-log.js';
import type { Coupon, GateView } from '../coupon/coupon.js';
import type { IssueDecision } from '../coupon/decide-issue.js';
import type { AcceptedClaim, ClaimName } from '../coupon/decide-settlement.js';
import type { TakeBack, TakeBackDecision, TakenBack } from '../coupon/decide-take-back.js';
import type { Claimant, CouponId } from '../coupon/ids.js';
import type { Issue, TicketRef } from '../coupon/issue.js';
import type { Traceparent } from '../tracing/traceparent.js';
import type { ClaimOfUser, GateUpdate } from './gate.js';
import type { QueueEntry, UnreadableEntry } from './issuance-queue.js';
import { ServerAway } from './server-away.js';

/** What V1's transaction answers: a decision a member, in order, and what the gate has to learn. */
export type IssueNowResult =
  | { found: false }
  | { found: true; coupon: Coupon; decisions: IssueDecision[]; update: GateUpdate | null };

export interface SettleResult {
  /** Claims that these rows and notes decide for the first time, by coupon. */
  decided: ReadonlyMap<CouponId, number>;
  /** Entries whose coupon has another epoch than the batch was read under: not settled, to be read again. */
  leftAlone: ReadonlySet<string>;
  issued: number;
  rejected: number;
  /** Coupons whose capacity moved. */
  views: GateView[];
}

/** Claims of an entry, or an entry of which nothing is known but where it comes from: its name for good. */
export type DeadEntry =
  | { entry: QueueEntry; claims: AcceptedClaim[] }
  | { unreadable: UnreadableEntry; source: string };

/** `by`: who acts for everybody, which is audited; null: the owner acts. */
export interface TakeBackRequest extends TakeBack {
  by: Operator | null;
}

/** A decision a member, in order; `view`: what the gate has to learn where units came back. */
export interface TakeBackResult {
  decisions: TakeBackDecision[];
  view: GateView | null;
}

/**
 * A coupon's rows as a rebuild reads them: page by page and without locks, all as they were at one moment behind the
 * activation of its epoch. Whoever has them closes them.
 */
export interface RebuildRows {
  coupon: Coupon;
  /** What a gate holds for each user who has a final row. */
  claims(): AsyncGenerator<ClaimOfUser[]>;
  deadLetters(): AsyncGenerator<ClaimOfUser[]>;
  /** Which of these tickets were noted as having yielded no row, by `nameOf`. */
  findVoided(tickets: readonly TicketOfUser[]): Promise<Set<string>>;
  close(): Promise<void>;
}

export type TicketOfUser = TicketRef & { userId: Claimant };

export const nameOf = ({ userId, epoch, ticket }: TicketOfUser): string => `${epoch}:${ticket}:${userId}`;

/** Every method is one transaction that locks the coupon rows first, in ascending order of id. */
export abstract class IssueStore {
  /**
   * V1 for all that wait at this moment: one lock, one commit. Keys that the coupon has no use for are left out.
   * `trace`: goes into the events of the transaction.
   */
  abstract issueNow(
    couponId: CouponId,
    requesters: readonly Claimant[],
    trace?: Traceparent,
  ): Promise<IssueNowResult>;

  /** V2: the final rows of a batch. Throws `EntryFault` where an entry fails by itself; then settle them one by one. */
  abstract settle(
    entries: readonly QueueEntry[],
    epochs: ReadonlyMap<CouponId, number>,
  ): Promise<SettleResult>;

  /** Ends issues before they were used; their units go back to the campaign where that says so. */
  abstract takeBack(
    couponId: CouponId,
    members: readonly TakeBackRequest[],
    as: TakenBack,
  ): Promise<TakeBackResult>;

  /** Keeps claims that fail by themselves for an operator's decision; keeping one twice is harmless. */
  abstract keepDeadLetters(dead: readonly DeadEntry[], cause: string): Promise<void>;

  /** A new epoch for a rebuild, audited where an operator asked for it; null where there is no such coupon. */
  abstract mintEpoch(couponId: CouponId, by?: Operator): Promise<number | null>;

  /**
   * From this commit on no batch read under an earlier epoch is settled any more, so what the rows say afterwards
   * and what survived in the gate add up. Null where a later epoch was minted meanwhile.
   */
  abstract activateEpoch(couponId: CouponId, epoch: number): Promise<RebuildRows | null>;

  /** Remembers that the gate of this epoch was switched to. */
  abstract markBuilt(couponId: CouponId, epoch: number): Promise<void>;

  /** Of these claims the ones without a row, a note and a dead letter; read without a lock. */
  abstract findUndecided(couponId: CouponId, claims: readonly ClaimName[]): Promise<ClaimName[]>;

  /** Claims of the coupon among the dead letters that nobody has decided. */
  abstract countDeadLetters(couponId: CouponId): Promise<number>;

  /** Remembers that the gate of this epoch holds no claims any more. */
  abstract markShrunk(couponId: CouponId, epoch: number): Promise<void>;

  /** The final row of a claim that nobody but its holder's receipt remembers; no row where there is one. */
  abstract recordLost(couponId: CouponId, userId: Claimant): Promise<void>;

  /** Notes that an operator has claims of this coupon driven again. */
  abstract noteDrivenAgain(couponId: CouponId, claims: number, by: Operator): Promise<void>;
}

/** Final rows by (coupon, claimant), without a lock. */
export abstract class IssueReader {
  /** The final row, or null where there is none; throws `StoreUnavailable`. Look-ups of one tick are combined. */
  abstract find(couponId: CouponId, claimant: Claimant): Promise<Issue | null>;
}

/** What one entry says cannot become rows, however often it is tried. */
export class EntryFault extends Error {
  override readonly name = 'EntryFault';
}

/** The database could not be reached or did not answer; nothing is known about what it did. */
export class StoreUnavailable extends ServerAway {
  override readonly name = 'StoreUnavailable';
}
