// What the gate's scripts reply, and what people are answered.
import type { Epoch, ProcessId, RequestId, UserId } from './ids.js';
import type { ClaimOfUser, Entry, GateView, HeldClaim, Refusal, RejectReason } from './records.js';

export type ClaimReply =
  | { readonly code: 'CLAIMED'; readonly claim: HeldClaim; readonly fresh: boolean }
  | { readonly code: 'NOT_INITIALISED' | 'SETTLING' | 'SHRUNK' }
  | { readonly code: Refusal };

export type LookUpReply =
  | { readonly code: 'CLAIMED'; readonly claim: HeldClaim }
  | { readonly code: 'NONE' | 'NOT_INITIALISED' | 'SHRUNK' };

/** Whom the holder of the lease must still ask the gate about comes with the lease. */
export type LeaseOffer =
  | { readonly leasable: false }
  | { readonly leasable: true; readonly winners: ReadonlySet<UserId> };

/** `fits`: a pending decrease is in force at the gate. */
export interface CapacityReply {
  readonly code: 'TAKEN' | 'STALE' | 'NOT_INITIALISED';
  readonly fits: boolean;
}

/** A batch with the epoch that the gate had when it was read. */
export interface BatchRead {
  readonly epoch: Epoch;
  readonly batch: readonly Entry[];
}

export interface Survivors {
  readonly claims: readonly ClaimOfUser[];
  readonly queued: readonly Entry[];
}

/** One call of a script, with what it replied; a reply that gets lost is recorded as well. */
export type ScriptCall =
  | { readonly script: 'claim'; readonly user: UserId; readonly receipt: boolean; readonly reply: ClaimReply }
  | { readonly script: 'lookUp'; readonly user: UserId; readonly reply: LookUpReply }
  | { readonly script: 'confirmSoldOut'; readonly reply: LeaseOffer }
  | { readonly script: 'setCapacity'; readonly view: GateView; readonly reply: CapacityReply }
  | { readonly script: 'restrict'; readonly capacity: number; readonly reply: boolean }
  | { readonly script: 'putClaim'; readonly user: UserId; readonly reply: boolean }
  | { readonly script: 'readBatch'; readonly consumer: ProcessId; readonly reply: BatchRead | null }
  | { readonly script: 'acknowledge'; readonly ids: readonly number[]; readonly reply: number }
  | {
      readonly script: 'removeRelayed';
      readonly ids: readonly number[];
      readonly epoch: Epoch;
      readonly reply: number;
    }
  | { readonly script: 'driveAgain'; readonly claim: ClaimOfUser; readonly reply: boolean }
  | {
      readonly script: 'shrink';
      readonly epoch: Epoch;
      readonly given: number;
      readonly losses: number;
      readonly reply: boolean;
    }
  | { readonly script: 'fence'; readonly epoch: Epoch; readonly reply: boolean }
  | { readonly script: 'readSurvivors'; readonly reply: Survivors }
  | { readonly script: 'load'; readonly epoch: Epoch; readonly reply: null }
  | { readonly script: 'switchTo'; readonly epoch: Epoch; readonly reply: boolean };

export type Door = 'v1' | 'v2' | 'me' | 'cancel';

export type FinalReading =
  | { readonly status: 'ISSUED'; readonly number: number }
  | { readonly status: 'REJECTED'; readonly reason: RejectReason };

export type Reading =
  | FinalReading
  | { readonly status: 'REFUSED'; readonly refusal: Refusal }
  | { readonly status: 'PENDING' | 'NOT_REQUESTED' | 'UNKNOWN' }
  /** 503: whatever is true of the claim, this answer leaves it open. */
  | { readonly status: 'UNAVAILABLE' }
  | { readonly status: 'CANCELLED' | 'NOTHING_TO_CANCEL' };

export interface Answer {
  readonly request: RequestId;
  readonly door: Door;
  readonly user: UserId;
  readonly reading: Reading;
  /** It was sent, but never reached the person. */
  readonly lost: boolean;
}
