import type { GateView } from '../coupon/coupon.js';
import type { ClaimName } from '../coupon/decide-settlement.js';
import type { Claimant, CouponId } from '../coupon/ids.js';
import type { RefusalCode } from '../coupon/refusal.js';
import type { Traceparent } from '../tracing/traceparent.js';
import { ServerAway } from './server-away.js';

/** Where a coupon's gate lives. */
export interface GateAddress {
  couponId: CouponId;
  shard: number;
}

/** What the gate holds for one claimant. */
export type Claim =
  /** Admitted with a ticket of that epoch. */
  | { kind: 'TICKET'; epoch: number; ticket: number }
  /** Issued at the V1 door; known here so that the user is not admitted a second time. */
  | { kind: 'V1' }
  /** Shown by a receipt after the gate had lost it, when no unit was left. */
  | { kind: 'LOST' };

export interface HeldClaim {
  claim: Claim;
  /** True where this very call admitted the user. */
  admittedNow: boolean;
  /** The gate's clock, milliseconds. */
  gateTime: number;
  /** Claims of this coupon ahead that are not persisted yet; exact in a waiting line. */
  position: number;
  /** Backlog of the shard ÷ its drain rate; with a pace, when it is served at the latest. In milliseconds. */
  estimatedWaitMs: number;
}

/** Says nothing about the claim, so it can contradict nothing: the caller answers 503. */
export type GateUnavailable = 'NOT_INITIALISED' | 'SETTLING' | 'QUEUE_FULL' | 'UNREACHABLE';

export interface GateSaysNothing {
  outcome: 'UNAVAILABLE';
  /** LEFT_ALONE: its server did not answer others, so it is not asked for a while. */
  reason: GateUnavailable | 'LEFT_ALONE';
  retryAfterMs?: number;
}

export type GateRefusal = Exclude<
  RefusalCode,
  'COUPON_NOT_FOUND' | 'WRONG_MODE' | 'IDEMPOTENCY_KEY_REQUIRED'
>;

export type ClaimReply =
  | { outcome: 'HELD'; held: HeldClaim }
  | { outcome: 'REFUSED'; code: GateRefusal }
  /** The gate has forgotten its claims after the end; `code` is for whoever has none in the rows. */
  | { outcome: 'SHRUNK'; code: GateRefusal }
  | GateSaysNothing;

export type LookUpReply =
  | { outcome: 'HELD'; held: HeldClaim }
  | { outcome: 'NONE' }
  /** Whoever holds a claim is in the rows. */
  | { outcome: 'SHRUNK' }
  | GateSaysNothing;

/** A gate as the rows expect it. */
export interface ExpectedGate extends GateAddress {
  /** The row's: a gate of an earlier one is that of a server which was replaced and has come back. */
  epoch: number;
}

/** BEING_BUILT: shut by a rebuild that was heard of lately. SHUT: nobody will open it unless it is rebuilt. */
export type GateCondition = 'UP' | 'BEING_BUILT' | 'SHUT';

/**
 * What the gate made of a view: `NOT_INITIALISED` leaves it to a rebuild. FITS: the decrease that the view announces is
 * in force; APPLIED: there is none, or more is given already.
 */
export type ViewReply = 'APPLIED' | 'FITS' | 'STALE' | 'NOT_INITIALISED';

/** A view and the claimants who were issued a coupon at the V1 door since. */
export interface GateUpdate {
  view: GateView;
  issuedByV1: readonly Claimant[];
}

/** Tickets that a gate has given: of its own epoch, and all that count against its capacity. */
export interface GateCounts {
  epoch: number;
  tickets: number;
  admitted: number;
  /** Claims that receipts told of when no unit was left; they have no ticket. */
  losses: number;
  /** The same some time ago, by the gate's clock; null where nobody has counted for so long. */
  mark: { at: number; tickets: number; admitted: number } | null;
}

/** What a gate had given when its claims were looked at. */
export type ExaminedClaims = Pick<GateCounts, 'epoch' | 'tickets' | 'losses'>;

export interface ShardCounts {
  /** When the first entry that is still in the queue was written; null: the queue is empty. */
  oldestEntryAt: number | null;
  /** In the order of the question; null: not initialised. */
  gates: (GateCounts | null)[];
}

/** A claim, as it stands in a gate or comes into one. */
export interface ClaimOfUser {
  userId: Claimant;
  claim: Claim;
}

/** The claims of a gate that is being built, under names of their own beside the present gate. */
export interface ClaimStage {
  put(claims: readonly ClaimOfUser[]): Promise<void>;

  /** What was put for these claimants; whoever is not in the answer has nothing. */
  find(claimants: readonly Claimant[]): Promise<Map<Claimant, Claim>>;

  /** When all are put: counts them by person, where one may have several. */
  countSeveral(): Promise<void>;
}

/** Which gate is being built, and for how many claims: all of its parts are named by the two. */
export interface StagedGate {
  epoch: number;
  claimsExpected: number;
}

/** A gate whose claims are staged, about to become the present one. */
export interface BuiltGate extends StagedGate {
  view: GateView;
  /** Tickets that count against the capacity; not the number of claims loaded. */
  admitted: number;
  /** Of these, neither issued nor rejected yet. */
  unsettled: number;
  /** For how long after the switch only verified receipts are admitted, milliseconds. */
  settlementMs: number;
  /** For how long after the switch nobody is admitted, since a lease of the gate before may be alive; milliseconds. */
  reopenDelayMs: number;
}

/** Those who hold a claim, and a few more: whoever may be one of them has to ask the gate. */
export interface ClaimList {
  /** Judged by the person, whichever of theirs it may be. */
  mayHold(claimant: Claimant): boolean;
  readonly bytes: number;
}

/** "Sold out" may be said without asking the gate, to those who are not on the list; the two are one answer. */
export interface LeaseOffer {
  /** While the gate's server has the same mark, nothing has changed of what this offer says. */
  mark: string;
  /** How much of the issue window is left, milliseconds. */
  windowMs: number;
  claims: ClaimList;
}

/**
 * The gate in front of the queue: admission, tickets, and nothing else. It may be lost, or come back older than it
 * was; then it answers NOT_INITIALISED until it is rebuilt. Every method throws `GateUnreachable` where the server
 * does not answer, except `claim` and `lookUp`, which answer UNAVAILABLE.
 */
export abstract class Gate {
  /**
   * Admits the user or says why not; repeating it returns the same claim. `proven`: the caller has verified a
   * receipt that says that this user held a claim. `perUserLimit`, where it is above 1: how many claimants of the form
   * `user#key` one person may be. `trace`: of the request; the entry carries the first one of a call and coupon, whoever
   * of its members is admitted.
   */
  abstract claim(
    at: GateAddress,
    userId: Claimant,
    proven: boolean,
    perUserLimit?: number,
    trace?: Traceparent,
  ): Promise<ClaimReply>;

  /** The user's claim, without making one. */
  abstract lookUp(at: GateAddress, userId: Claimant): Promise<LookUpReply>;

  /** Absolute and ordered by the views' versions: repeating it, or sending it late, is harmless. */
  abstract update(updates: readonly GateUpdate[]): Promise<ViewReply[]>;

  /** null: units are or may soon be left, or the list is not made yet. */
  abstract offerLease(at: GateAddress): Promise<LeaseOffer | null>;

  /** The mark of a shard's offers; null where the server has none that is valid now. */
  abstract readLeaseMark(shard: number): Promise<string | null>;

  /** Shuts the gate for everybody but the rebuild of this epoch; false where a greater epoch was there first. */
  abstract fence(at: GateAddress, epoch: number): Promise<boolean>;

  /** Says that the rebuild of this epoch goes on; false where its fence is gone, so that it can only be given up. */
  abstract holdFence(at: GateAddress, epoch: number): Promise<boolean>;

  /** Page by page: every claim of the present gate, whatever became of it, then every claim that is queued. */
  async *readSurvivors(at: GateAddress): AsyncGenerator<ClaimOfUser[]> {
    yield* this.readClaims(at);
    yield* this.readQueued(at);
  }

  abstract stage(at: GateAddress, staged: StagedGate): Promise<ClaimStage>;

  /** Makes the staged gate the present one; false where the fence is another's or the server restarted meanwhile. */
  abstract switchTo(at: GateAddress, built: BuiltGate): Promise<boolean>;

  /** Gives up a staged gate, so that nothing of it is left. */
  abstract discard(at: GateAddress, staged: StagedGate): Promise<void>;

  /** How each of these gates is, in the order of the question. */
  abstract inspect(gates: readonly ExpectedGate[]): Promise<GateCondition[]>;

  /** A hint for whoever rebuilds: somebody met this gate shut. It may be lost. */
  abstract reportShut(at: GateAddress): void;

  /** Takes what was reported for a shard, at most `max`. */
  abstract takeReports(shard: number, max: number): Promise<CouponId[]>;

  /**
   * One step towards more room, where more claims have come, or may come, than the gate was made for; true where
   * more steps are left. Claims go on meanwhile, and any number of callers may take steps at once.
   */
  abstract grow(at: GateAddress): Promise<boolean>;

  /** `markAgeMs`: how old the mark has to be at least. Counting is what sets marks. */
  abstract count(shard: number, coupons: readonly CouponId[], markAgeMs: number): Promise<ShardCounts>;

  /** Page by page, every claim of the present gate, whatever became of it. */
  abstract readClaims(at: GateAddress): AsyncGenerator<ClaimOfUser[]>;

  /** Page by page, every claim of the coupon that waits in the queue. */
  abstract readQueued(at: GateAddress): AsyncGenerator<ClaimOfUser[]>;

  /** Puts claims into the queue once more; false where the gate is not that of this epoch any more. */
  abstract driveAgain(at: GateAddress, epoch: number, claims: readonly ClaimName[]): Promise<boolean>;

  /**
   * Forgets all claims; false where the gate is still needed, or anything has come since it was counted so. Done before,
   * it is done again as far as something was left over.
   */
  abstract shrink(at: GateAddress, examined: ExaminedClaims): Promise<boolean>;
}

/** The gate's server did not answer in time, refused the connection, or is left alone because of that. */
export class GateUnreachable extends ServerAway {
  override readonly name = 'GateUnreachable';
}
