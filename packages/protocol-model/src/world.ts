// The state of a run: the two servers, the processes around them, the people, and the truth that no process knows.
import type { Campaign } from './campaign.js';
import type { GuardsOff } from './guards.js';
import {
  asEpoch,
  asUserId,
  type Epoch,
  type OperationId,
  type RequestId,
  type RowVersion,
  type Ticket,
  type TicketKey,
  type UserId,
} from './ids.js';
import type {
  Api,
  Client,
  Consumer,
  Message,
  Operation,
  Rebuilder,
  Reconciler,
  Relay,
  Request,
  Shrinker,
} from './processes.js';
import type {
  ClaimName,
  Gate,
  GateView,
  IssueRow,
  LoadedGate,
  MySql,
  Redis,
  RedisData,
  RejectReason,
  Row,
  Settled,
  Topic,
} from './records.js';
import type { Answer, ScriptCall } from './replies.js';

/** Holds in timely campaigns only. */
export const MESSAGE_DELAY_MS_MAX = 50;
const STARTS_AT_MS = 1000;
const SWEEP_MS = 250;
/** A restart can lose fewer writes than this. */
const HISTORY_MAX = 10;

export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I11';

export interface Violation {
  readonly invariant: Invariant;
  readonly text: string;
  readonly at: number;
}

/** Events that an exploration should come across: without them a clean result says little. */
export const SIGHTINGS = [
  'accepted claims lost with Redis',
  'batches left alone after a rebuild',
  'claims admitted',
  'decreases finished',
  'issued by V1',
  'rebuilds switched to',
  'rebuilds that waited for the topic',
  'receipts ending as lost',
  'records landed late',
  'records skipped after a rebuild',
  'reopenings',
  'sold out, said by the gate',
  'sold out, said from memory',
  'tickets rejected DISCARDED',
  'tickets rejected SOLD_OUT',
  'tickets that needed no row',
  'units returned',
] as const;

export type Sighting = (typeof SIGHTINGS)[number] | `tickets rejected ${RejectReason}`;
export type Sightings = { [sighting in Sighting]?: number };

export interface AcceptedClaim extends ClaimName {
  readonly epoch: Epoch;
  readonly ticket: Ticket;
  /** Neither Redis nor MySQL knows it any more. */
  lost: boolean;
}

/** Known to the checks and to no process. */
export interface Truth {
  readonly accepted: Map<TicketKey, AcceptedClaim>;
  readonly issuedByV1: Set<UserId>;
  /** Since when each free unit has been free, the oldest first. */
  readonly freeSince: number[];
}

/** What the last step brought to light. */
export interface Observed {
  readonly answers: readonly Answer[];
  readonly scripts: readonly ScriptCall[];
}

export interface World {
  readonly campaign: Campaign;
  readonly off: GuardsOff;
  /** Milliseconds. */
  now: number;
  readonly sweepMs: number;
  readonly mysql: MySql;
  readonly redis: Redis;
  readonly topic: Topic;
  readonly messages: Message[];
  readonly requests: Map<RequestId, Request>;
  readonly operations: Map<OperationId, Operation>;
  readonly apis: [Api, Api];
  readonly consumers: [Consumer, Consumer];
  readonly relays: [Relay, Relay];
  readonly rebuilders: [Rebuilder, Rebuilder];
  reconciler: Reconciler;
  shrinker: Shrinker;
  /** The processes cannot reach Redis with what nobody waits for. */
  partitioned: boolean;
  /** It was emptied, or came back without its last writes: only then may an accepted claim be lost. */
  redisLostWrites: boolean;
  sweptVersion: RowVersion;
  changeSeenAt: number;
  lastSweepAt: number;
  readonly clients: Map<UserId, Client>;
  nextEntryId: number;
  readonly truth: Truth;
  readonly seen: Sightings;
  violation: Violation | null;
  answers: Answer[];
  scripts: ScriptCall[];
}

export function createWorld(campaign: Campaign, off: GuardsOff = {}): World {
  const world: World = {
    campaign,
    off,
    now: STARTS_AT_MS,
    sweepMs: off.sweepEverySecond ? 1000 : SWEEP_MS,
    mysql: { up: true, row: createRow(campaign.total), issues: [], voids: new Set(), deadLetters: new Map() },
    redis: {
      runId: 1,
      gate: createGate(campaign.total),
      fence: null,
      built: new Map(),
      stream: [],
      history: [],
    },
    topic: { records: [], committed: 0, owner: 0, underWay: [] },
    messages: [],
    requests: new Map(),
    operations: new Map(),
    apis: [
      { id: 0, lease: null, probe: null, runId: 1 },
      { id: 1, lease: null, probe: null, runId: 1 },
    ],
    consumers: [{ phase: 'idle' }, { phase: 'idle' }],
    relays: [{ phase: 'idle' }, { phase: 'idle' }],
    rebuilders: [{ phase: 'idle' }, { phase: 'idle' }],
    reconciler: { phase: 'idle' },
    shrinker: { phase: 'idle' },
    partitioned: false,
    redisLostWrites: false,
    sweptVersion: 0,
    changeSeenAt: 0,
    lastSweepAt: STARTS_AT_MS,
    clients: new Map(),
    nextEntryId: 1,
    truth: { accepted: new Map(), issuedByV1: new Set(), freeSince: [] },
    seen: {},
    violation: null,
    answers: [],
    scripts: [],
  };
  for (let i = 0; i < campaign.users; i += 1) addClient(world, asUserId(`u${i}`));
  remember(world);
  return world;
}

function createRow(total: number): Row {
  return {
    version: 1,
    total,
    pendingTotal: null,
    pendingId: 0,
    returned: 0,
    issued: 0,
    issuedByV1: 0,
    givenBack: 0,
    state: 'OPEN',
    epoch: asEpoch(1),
    mintedEpoch: asEpoch(1),
  };
}

function createGate(capacity: number): Gate {
  return {
    epoch: asEpoch(1),
    runId: 1,
    version: 1,
    capacity,
    state: 'OPEN',
    given: 0,
    losses: 0,
    sellsFrom: 0,
    settleUntil: 0,
    shrunk: false,
    claims: new Map(),
  };
}

export function addClient(world: World, user: UserId): void {
  world.clients.set(user, { user, told: null, receipt: null, final: null, refused: 0 });
}

export function note(world: World, what: Sighting): void {
  world.seen[what] = (world.seen[what] ?? 0) + 1;
}

/** The first violation stands; what follows from it is of no interest. */
export function violate(world: World, invariant: Invariant, text: string): void {
  world.violation ??= { invariant, text, at: world.now };
}

// ---- MySQL: pure functions of the rows -----------------------------------------------------------

/** Issued and still in somebody's hands. */
export const live = (row: Readonly<Row>): number => row.issued - row.givenBack;

export const issueOf = (world: World, user: UserId): IssueRow | undefined =>
  world.mysql.issues.find((issue) => issue.user === user);

export const ticketKey = ({ user, epoch, ticket }: ClaimName): TicketKey =>
  `${epoch}:${ticket}:${user}` as TicketKey;

/** Absolute numbers with the row's version: telling the gate twice, or too late, does no harm. */
export function gateView(row: Readonly<Row>): GateView {
  const outside = row.returned - row.issuedByV1;
  return {
    version: row.version,
    state: row.state,
    capacity: row.total + outside,
    pendingCapacity: row.pendingTotal === null ? null : row.pendingTotal + outside,
  };
}

/** A ticket is settled by the row that was made from it, or by the note that it yielded none. */
export function isSettled({ voids, issues }: Settled, claim: ClaimName): boolean {
  if (voids.has(ticketKey(claim))) return true;
  const { user, epoch, ticket } = claim;
  return issues.some((issue) => issue.user === user && issue.epoch === epoch && issue.ticket === ticket);
}

// ---- Redis: copies of the data, so that a restart can bring back an older one ---------------------

function copyOf({ gate, fence, built, stream }: RedisData): RedisData {
  const copies = new Map<Epoch, LoadedGate>();
  for (const [epoch, { header, claims }] of built) copies.set(epoch, { header, claims: new Map(claims) });
  return {
    gate: gate && { ...gate, claims: new Map(gate.claims) },
    fence,
    built: copies,
    stream: stream.map((entry) => ({ ...entry })),
  };
}

/** Ends every script that writes: a restart keeps the whole of it or nothing. */
export function remember(world: World): void {
  const { history } = world.redis;
  history.push(copyOf(world.redis));
  if (history.length > HISTORY_MAX) history.shift();
}

/** `cut`: how many of the last writes are gone; 0 keeps all. The run id changes in any case. */
export function restartRedis(world: World, cut: number): boolean {
  const { redis } = world;
  const kept = redis.history.at(-1 - cut);
  if (!kept) return false;
  redis.history.length -= cut;
  Object.assign(redis, copyOf(kept));
  redis.runId += 1;
  world.redisLostWrites ||= cut > 0;
  markLostClaims(world);
  return true;
}

export function flushRedis(world: World): void {
  const empty: RedisData = { gate: null, fence: null, built: new Map(), stream: [] };
  Object.assign(world.redis, empty);
  remember(world);
  world.redisLostWrites = true;
  markLostClaims(world);
}

/** From here on only its receipt can bring such a claim back. */
export function markLostClaims(world: World): void {
  for (const claim of world.truth.accepted.values()) {
    if (claim.lost || isKnown(world, claim)) continue;
    note(world, 'accepted claims lost with Redis');
    claim.lost = true;
  }
}

function isKnown(world: World, claim: AcceptedClaim): boolean {
  const { redis, mysql } = world;
  const key = ticketKey(claim);
  const held = redis.gate?.claims.get(claim.user);
  if (held && ticketKey({ user: claim.user, ...held }) === key) return true;
  if (redis.stream.some((entry) => ticketKey(entry) === key)) return true;
  return isSettled(mysql, claim) || mysql.deadLetters.has(key) || isOnItsWay(world, key);
}

/** In the topic, and read from the gate that the row still goes by: the others will be skipped. */
export function isOnItsWay({ topic, mysql }: World, key: TicketKey): boolean {
  return topic.records
    .slice(topic.committed)
    .some(({ entry, readFrom }) => ticketKey(entry) === key && readFrom === mysql.row.epoch);
}

// ---- Truth ---------------------------------------------------------------------------------------

export function unsettledClaims(world: World): AcceptedClaim[] {
  return [...world.truth.accepted.values()].filter((claim) => !claim.lost && !isSettled(world.mysql, claim));
}

/** Has won, or was admitted and is not decided yet. */
export function holdsClaim(world: World, user: UserId): boolean {
  const issue = issueOf(world, user);
  if (issue) return issue.status === 'ISSUED';
  return unsettledClaims(world).some((claim) => claim.user === user);
}

/** The lower one of the total and what a pending decrease would make of it. */
export function certainTotal({ total, pendingTotal }: Readonly<Row>): number {
  return pendingTotal === null ? total : Math.min(total, pendingTotal);
}

/** Units in nobody's hands and promised to nobody. */
export function freeUnits(world: World): number {
  const { row } = world.mysql;
  return certainTotal(row) - live(row) - unsettledClaims(world).length;
}
