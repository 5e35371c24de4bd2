// How far each process has come; between two of its steps anything else may happen.
import type { Epoch, MessageKey, ProcessId, RequestId, RowVersion, RunId, UserId } from './ids.js';
import type {
  BuiltGate,
  ClaimOfUser,
  Entry,
  GateView,
  HeldClaim,
  IssueRow,
  Refusal,
  RowsAtActivation,
} from './records.js';
import type { Door, FinalReading, LeaseOffer, LookUpReply, Reading, Survivors } from './replies.js';

export type RequestFault = 'ok' | 'lost' | 'unknown' | 'notCommitted';
export type CommitFault = 'ok' | 'unknown' | 'notCommitted';
export type AckFault = 'ok' | 'lost';
/** `lost`: it is in the topic, and the relay does not know. `late`: the relay gives up, and it comes later. */
export type PublishFault = 'ok' | 'lost' | 'late';
export type DeadLetterAction = 'retry' | 'discard';

export type Stage =
  | 'arrived'
  | 'toGate'
  | 'askGate'
  | 'confirmByRows'
  | 'decideByRows'
  | 'readStatus'
  | 'answer';

export interface Request {
  readonly id: RequestId;
  readonly door: Door;
  readonly user: UserId;
  readonly api: ProcessId;
  readonly receipt: Receipt | null;
  /** Did the person hold a claim, and had they been told a final answer, when this was sent? */
  readonly heldAtSend: boolean;
  readonly finalAtSend: FinalReading | null;
  stage: Stage;
  /** When it came to its stage. */
  since: number;
  refusal: Refusal | null;
  held: HeldClaim | null;
  gateCode: LookUpReply['code'] | null;
  /** Only where a guard makes the look-up read the rows first. */
  rowsSaid: { readonly issue: IssueRow | undefined } | null;
  /** Its process died; the script that it had sent may still be executed. */
  orphan: boolean;
}

/** Comes with the 202 and proves that the claim was accepted, even to a gate that has lost it. */
export interface Receipt {
  readonly held: HeldClaim;
}

export interface Client {
  readonly user: UserId;
  /** The last status the person was told. */
  told: Reading['status'] | null;
  receipt: Receipt | null;
  final: FinalReading | null;
  refused: number;
}

export interface Lease {
  readonly until: number;
  readonly winners: ReadonlySet<UserId>;
}

export interface SentProbe {
  readonly stage: 'toGate';
  readonly sentAt: number;
}

export interface AnsweredProbe {
  readonly stage: 'toApi';
  readonly sentAt: number;
  readonly offer: LeaseOffer;
}

export interface Api {
  readonly id: ProcessId;
  lease: Lease | null;
  probe: SentProbe | AnsweredProbe | null;
  /** The server's run id as this process last learned it. */
  runId: RunId;
}

export type Consumer =
  | { readonly phase: 'idle' }
  | {
      readonly phase: 'read' | 'committed';
      readonly batch: readonly Entry[];
      readonly epoch: Epoch;
      /** Where the batch comes from a topic: the offset behind it. */
      readonly upTo?: number;
    };

/** Carries the entries of the gate's stream into the topic: read, publish, then remove. */
export type Relay =
  | { readonly phase: 'idle' }
  | { readonly phase: 'read' | 'published'; readonly batch: readonly Entry[]; readonly epoch: Epoch };

export type Rebuilder =
  | { readonly phase: 'idle' }
  | { readonly phase: 'fence'; readonly epoch: Epoch }
  /** Whatever was in the topic when the gate was shut has to be settled first. */
  | { readonly phase: 'drain'; readonly epoch: Epoch; readonly upTo: number }
  | { readonly phase: 'activate'; readonly epoch: Epoch }
  | { readonly phase: 'read'; readonly epoch: Epoch; readonly rows: RowsAtActivation }
  | {
      readonly phase: 'load';
      readonly epoch: Epoch;
      readonly rows: RowsAtActivation;
      readonly survivors: Survivors;
    }
  | { readonly phase: 'loadRest'; readonly epoch: Epoch; readonly built: BuiltGate }
  | { readonly phase: 'switch'; readonly epoch: Epoch };

export type Reconciler =
  | { readonly phase: 'idle' }
  | { readonly phase: 'examined'; readonly epoch: Epoch; readonly missing: readonly ClaimOfUser[] };

export type Shrinker =
  | { readonly phase: 'idle' }
  | { readonly phase: 'examined'; readonly epoch: Epoch; readonly given: number; readonly losses: number };

/** A decrease, between its steps. */
export type Operation =
  | { readonly phase: 'askGate' }
  | { readonly phase: 'finish'; readonly fits: boolean; readonly pendingId: RowVersion }
  /** Only where a guard sends the decrease to the gate first. */
  | { readonly phase: 'setTotal'; readonly total: number };

/** A call of a script that nobody waits for: it may be lost, doubled, late and out of order. */
export type Message = { readonly key: MessageKey; readonly since: number } & (
  | { readonly script: 'setCapacity'; readonly view: GateView; readonly delta: number }
  | { readonly script: 'putClaim'; readonly user: UserId }
);
