// The gate and the queue. Each exported function that returns a recorded reply is one Lua script: nothing
// happens between its first line and its last.
import { asTicket, type Epoch, type ProcessId, type UserId } from './ids.js';
import type { Api, Receipt } from './processes.js';
import type { ClaimOfUser, Entry, Gate, GateHeader, GateView, HeldClaim, LoadedGate } from './records.js';
import type {
  BatchRead,
  CapacityReply,
  ClaimReply,
  LeaseOffer,
  LookUpReply,
  ScriptCall,
  Survivors,
} from './replies.js';
import { type AcceptedClaim, note, remember, ticketKey, violate, type World } from './world.js';

/** "Sold out" may be this much out of date. */
const SOLD_OUT_AGE_MS_MAX = 1000;

function replied<Call extends ScriptCall>(world: World, call: Call): Call['reply'] {
  world.scripts.push(call);
  return call.reply;
}

/** The gate, unless it is missing, fenced, or was written by another run of the server. */
export function initialisedGate({ redis, off }: World, api?: Api): Gate | null {
  const { gate, fence, runId } = redis;
  if (!gate || (fence && !off.noFence)) return null;
  if (off.noRunIdCheck) return gate;
  // The server names itself: a caller may remember the run before the restart.
  const present = off.runIdFromCaller && api ? api.runId : runId;
  return gate.runId === present ? gate : null;
}

export const isInitialised = (world: World, api?: Api): boolean => initialisedGate(world, api) !== null;

const isFull = (gate: GateHeader): boolean => gate.given >= gate.capacity;

// ---- Claims --------------------------------------------------------------------------------------

export interface ClaimRequest {
  readonly user: UserId;
  readonly receipt: Receipt | null;
  readonly api: Api;
}

export function claim(world: World, request: ClaimRequest): ClaimReply {
  const { user, receipt } = request;
  return replied(world, { script: 'claim', user, receipt: receipt !== null, reply: judge(world, request) });
}

/** The order of the judgements is the contract: the earlier claim, the receipt, then whatever may refuse. */
function judge(world: World, { user, receipt, api }: ClaimRequest): ClaimReply {
  const { off, now, campaign } = world;
  const gate = initialisedGate(world, api);
  if (!gate) return { code: 'NOT_INITIALISED' };
  const ended = now >= campaign.endsAt;
  if (off.endedBeforeClaimed && ended) return { code: 'ENDED' };
  if (gate.shrunk) return { code: 'SHRUNK' };
  const held = gate.claims.get(user);
  if (held && !off.noClaimCheck) return { code: 'CLAIMED', claim: held, fresh: false };
  if (receipt && !off.receiptAfterWindow) return claimByReceipt(world, gate, user);
  if (ended) return { code: 'ENDED' };
  if (gate.state !== 'OPEN') return { code: gate.state };
  if (receipt) return claimByReceipt(world, gate, user);
  return claimAnew(world, gate, user);
}

function claimAnew(world: World, gate: Gate, user: UserId): ClaimReply {
  if (isFull(gate)) return soldOut(world);
  if (world.now < gate.settleUntil) return { code: 'SETTLING' };
  // A unit given now could go to somebody whom a lease without their name still refuses.
  if (world.now < gate.sellsFrom) return soldOut(world);
  return admit(world, gate, user);
}

/** What was accepted once is not judged by window or state again: it gets a unit, or ends as lost. */
function claimByReceipt(world: World, gate: Gate, user: UserId): ClaimReply {
  if (isFull(gate)) return recordLost(world, gate, user);
  if (world.now < gate.sellsFrom && !world.off.receiptBeforeSellsFrom) return { code: 'SETTLING' };
  return admit(world, gate, user);
}

function soldOut(world: World): ClaimReply {
  note(world, 'sold out, said by the gate');
  checkSoldOutIsTrue(world, 'gate');
  return { code: 'SOLD_OUT' };
}

/** I6, for whoever says it: has the unit that waited longest been free for too long? */
export function checkSoldOutIsTrue(world: World, who: string): void {
  const [since] = world.truth.freeSince;
  if (!world.campaign.timely || since === undefined) return;
  const age = world.now - since;
  if (age > SOLD_OUT_AGE_MS_MAX) {
    violate(world, 'I6', `${who} said SOLD_OUT though a unit has been free for ${age} ms`);
  }
}

function admit(world: World, gate: Gate, user: UserId): ClaimReply {
  gate.given += 1;
  const { epoch } = gate;
  const ticket = asTicket(gate.given);
  const held: HeldClaim = { origin: 'ADMITTED', epoch, ticket, at: world.now };
  gate.claims.set(user, held);
  enqueue(world, { ...newEntry(world, user, epoch), kind: 'CLAIM', ticket });
  witness(world, { user, epoch, ticket, lost: false });
  remember(world);
  return { code: 'CLAIMED', claim: held, fresh: true };
}

/** What the observer writes down, whatever becomes of Redis. */
function witness(world: World, accepted: AcceptedClaim): void {
  const { user, epoch, ticket } = accepted;
  for (const other of world.truth.accepted.values()) {
    if (other.epoch !== epoch || other.ticket !== ticket) continue;
    if (other.user !== user) violate(world, 'I11', `ticket ${epoch}:${ticket} for ${other.user} and ${user}`);
    break;
  }
  world.truth.accepted.set(ticketKey(accepted), accepted);
  note(world, 'claims admitted');
}

/** Decided here and kept here, so that every repeat reads the same. */
function recordLost(world: World, gate: Gate, user: UserId): ClaimReply {
  note(world, 'receipts ending as lost');
  const { epoch } = gate;
  const held: HeldClaim = { origin: 'LOST', epoch, ticket: null, at: world.now };
  gate.losses += 1;
  gate.claims.set(user, held);
  enqueue(world, { ...newEntry(world, user, epoch), kind: 'LOST', ticket: null });
  remember(world);
  return { code: 'CLAIMED', claim: held, fresh: true };
}

function newEntry(world: World, user: UserId, epoch: Epoch) {
  return { id: world.nextEntryId, user, epoch, owner: null, readAt: 0, deliveries: 0, poison: false };
}

/** A stream is in the order of arrival. A line is in the order of places, each of which a ticket has once. */
function enqueue(world: World, entry: Entry): void {
  const { redis, campaign } = world;
  world.nextEntryId += 1;
  if (campaign.queue !== 'LINE') {
    redis.stream.push(entry);
    return;
  }
  const place = placeOf(entry);
  if (entry.ticket !== null && redis.stream.some((other) => placeOf(other) === place)) return;
  const behind = redis.stream.findIndex((other) => placeOf(other) > place);
  redis.stream.splice(behind < 0 ? redis.stream.length : behind, 0, entry);
}

/** Whoever waited before a rebuild stands in front of those who came after it; losses, which have no ticket, in front of theirs. */
const placeOf = ({ epoch, ticket }: Entry): number => epoch * 2 ** 32 + (ticket ?? 0);

/** Finds a person's claim without making one. */
export function lookUp(world: World, user: UserId, api: Api): LookUpReply {
  return replied(world, { script: 'lookUp', user, reply: findClaim(world, user, api) });
}

function findClaim(world: World, user: UserId, api: Api): LookUpReply {
  const gate = initialisedGate(world, api);
  if (!gate) return { code: 'NOT_INITIALISED' };
  if (gate.shrunk) return { code: 'SHRUNK' };
  const held = gate.claims.get(user);
  return held ? { code: 'CLAIMED', claim: held } : { code: 'NONE' };
}

/** Asks for a lease: may the caller say "sold out" by itself for a while, and to whom not? */
export function confirmSoldOut(world: World, api: Api): LeaseOffer {
  return replied(world, { script: 'confirmSoldOut', reply: offerLease(world, api) });
}

function offerLease(world: World, api: Api): LeaseOffer {
  const { off, now, campaign } = world;
  const gate = initialisedGate(world, api);
  if (gate?.state !== 'OPEN' || now >= campaign.endsAt) return { leasable: false };
  const nothingToSell = isFull(gate) || (off.leaseDuringDelay && now < gate.sellsFrom);
  return nothingToSell ? { leasable: true, winners: new Set(gate.claims.keys()) } : { leasable: false };
}

// ---- Capacity ------------------------------------------------------------------------------------

/** Takes a view of the row unless a newer one is known, and decides a pending decrease. */
export function setCapacity(world: World, view: GateView, delta?: number): CapacityReply {
  return replied(world, { script: 'setCapacity', view, reply: takeView(world, view, delta) });
}

function takeView(world: World, view: GateView, delta: number | undefined): CapacityReply {
  const { off } = world;
  const gate = initialisedGate(world);
  if (!gate) return { code: 'NOT_INITIALISED', fits: false };
  if (off.capacityByIncrements && delta !== undefined) {
    gate.capacity += delta;
    remember(world);
    return { code: 'TAKEN', fits: true };
  }
  if (view.version < gate.version && !off.noVersion) return { code: 'STALE', fits: false };
  const before = { wasFull: isFull(gate), wasOpen: gate.state === 'OPEN' };
  const fits = applyView(world, gate, view);
  delayReopening(world, gate, before);
  remember(world);
  return { code: 'TAKEN', fits };
}

function applyView({ off }: World, gate: Gate, view: GateView): boolean {
  const { version, state, capacity, pendingCapacity } = view;
  const fits = pendingCapacity !== null && gate.given <= pendingCapacity;
  gate.version = version;
  gate.state = state;
  if (!off.capacityByIncrements) gate.capacity = fits ? pendingCapacity : capacity;
  return fits;
}

/**
 * Leases are given while the gate is full, and at no other time; so the delay belongs to the moment in which it
 * stops being full. That may be in a pause, where receipts are still admitted. Later views must not move it.
 */
function delayReopening(world: World, gate: Gate, before: { wasFull: boolean; wasOpen: boolean }): void {
  const { off, now, campaign } = world;
  const onlyWhileOpen = (before.wasFull || !before.wasOpen) && gate.state === 'OPEN';
  const reopens = off.delayOnlyWhileOpen ? onlyWhileOpen : before.wasFull;
  if (isFull(gate) || !(reopens || off.everySetDelays)) return;
  note(world, 'reopenings');
  gate.sellsFrom = off.noSellsFrom ? 0 : now + campaign.times.reopenDelayMs;
}

/** Lowers the capacity unless more is given already; called only where a guard is away. */
export function restrict(world: World, capacity: number): boolean {
  return replied(world, { script: 'restrict', capacity, reply: lowerCapacity(world, capacity) });
}

function lowerCapacity(world: World, capacity: number): boolean {
  const gate = initialisedGate(world);
  if (!gate || gate.given > capacity) return false;
  gate.capacity = Math.min(gate.capacity, capacity);
  remember(world);
  return true;
}

/** After V1's commit: the person is known as a winner, and no ticket is counted. */
export function putClaim(world: World, user: UserId): boolean {
  return replied(world, { script: 'putClaim', user, reply: addV1Claim(world, user) });
}

function addV1Claim(world: World, user: UserId): boolean {
  const gate = initialisedGate(world);
  if (!gate || gate.claims.has(user)) return false;
  gate.claims.set(user, { origin: 'V1', epoch: gate.epoch, ticket: null, at: world.now });
  remember(world);
  return true;
}

// ---- Queue ---------------------------------------------------------------------------------------

/** Takes the first entries that nobody works on, and says which epoch the gate has now. */
export function readBatch(world: World, consumer: ProcessId, max: number): BatchRead | null {
  return replied(world, { script: 'readBatch', consumer, reply: takeEntries(world, consumer, max) });
}

function takeEntries(world: World, consumer: ProcessId, max: number): BatchRead | null {
  const { redis, now, campaign, off } = world;
  const gate = initialisedGate(world);
  if (!gate) return null;
  const { reclaimIdleMs } = campaign.times;
  const isFree = ({ owner, readAt }: Entry) => owner === null || now - readAt >= reclaimIdleMs;
  const batch = redis.stream.filter(isFree).slice(0, max);
  if (batch.length === 0) return null;
  for (const entry of batch) {
    entry.owner = consumer;
    entry.readAt = now;
    entry.deliveries += 1;
  }
  if (off.takePops) redis.stream = redis.stream.filter((entry) => !batch.includes(entry));
  remember(world);
  return { epoch: gate.epoch, batch: batch.map((entry) => ({ ...entry })) };
}

/** Replies how many of the entries were still there. */
export function acknowledge(world: World, ids: readonly number[]): number {
  const { redis } = world;
  const before = redis.stream.length;
  redis.stream = redis.stream.filter((entry) => !ids.includes(entry.id));
  remember(world);
  return replied(world, { script: 'acknowledge', ids, reply: before - redis.stream.length });
}

/**
 * After the broker's acknowledgement. Entries of a gate that has been shut since stay: the rebuild that shut it reads
 * the stream for what it has to count, and they are relayed once more from the gate that it builds.
 */
export function removeRelayed(world: World, ids: readonly number[], epoch: Epoch): number {
  const { redis, off } = world;
  const before = redis.stream.length;
  if (initialisedGate(world)?.epoch === epoch || off.removeUnguarded) {
    redis.stream = redis.stream.filter((entry) => !ids.includes(entry.id));
    remember(world);
  }
  return replied(world, { script: 'removeRelayed', ids, epoch, reply: before - redis.stream.length });
}

/** Puts a claim into the queue once more, unless the gate has been replaced since it was found missing. */
export function driveAgain(world: World, epoch: Epoch, missing: ClaimOfUser): boolean {
  return replied(world, { script: 'driveAgain', claim: missing, reply: enqueueAgain(world, epoch, missing) });
}

function enqueueAgain(world: World, epoch: Epoch, missing: ClaimOfUser): boolean {
  if (initialisedGate(world)?.epoch !== epoch || missing.epoch === null) return false;
  const head = newEntry(world, missing.user, missing.epoch);
  if (missing.origin === 'LOST') enqueue(world, { ...head, kind: 'LOST', ticket: null });
  else if (missing.ticket !== null) enqueue(world, { ...head, kind: 'CLAIM', ticket: missing.ticket });
  else return false;
  remember(world);
  return true;
}

/** After the close: drops the claims, if none came since they were all found settled. */
export function shrink(world: World, epoch: Epoch, given: number, losses: number): boolean {
  return replied(world, {
    script: 'shrink',
    epoch,
    given,
    losses,
    reply: dropClaims(world, epoch, given, losses),
  });
}

function dropClaims(world: World, epoch: Epoch, given: number, losses: number): boolean {
  const { off } = world;
  const gate = initialisedGate(world);
  if (gate?.epoch !== epoch || gate.shrunk) return false;
  if (!off.shrinkUnchecked && (gate.given !== given || gate.losses !== losses)) return false;
  gate.shrunk = true;
  gate.claims = new Map();
  remember(world);
  return true;
}

// ---- Rebuild -------------------------------------------------------------------------------------

/** Shuts the gate; from now on only this epoch, or a later one that fences again, can open it. */
export function fence(world: World, epoch: Epoch): boolean {
  return replied(world, { script: 'fence', epoch, reply: setFence(world, epoch) });
}

function setFence(world: World, epoch: Epoch): boolean {
  const { redis } = world;
  if (epoch <= (redis.fence?.epoch ?? 0) || epoch <= (redis.gate?.epoch ?? 0)) return false;
  redis.fence = { epoch, runId: redis.runId };
  remember(world);
  return true;
}

/** Every claim and every queue entry that is still there, whatever became of the gate. */
export function readSurvivors(world: World): Survivors {
  const { redis, off } = world;
  const claims = [...(redis.gate?.claims ?? [])].map(([user, held]) => ({ user, ...held }));
  const counted = redis.stream.filter(({ owner }) => !off.rebuildForgetsTaken || owner === null);
  const queued = counted.map((entry) => ({ ...entry }));
  return replied(world, { script: 'readSurvivors', reply: { claims, queued } });
}

/** Several commands long; without the header, which comes last, nothing can be switched to. */
export function load(
  world: World,
  epoch: Epoch,
  claims: Iterable<readonly [UserId, HeldClaim]>,
  header: GateHeader | null,
): void {
  const { built } = world.redis;
  const present: LoadedGate = built.get(epoch) ?? { header: null, claims: new Map() };
  for (const [user, held] of claims) present.claims.set(user, held);
  built.set(epoch, { header: header ?? present.header, claims: present.claims });
  remember(world);
  replied(world, { script: 'load', epoch, reply: null });
}

/** Makes the loaded gate the present one: under its own fence, and in the run of the server that set the fence. */
export function switchTo(world: World, epoch: Epoch): boolean {
  return replied(world, { script: 'switchTo', epoch, reply: replaceGate(world, epoch) });
}

function replaceGate(world: World, epoch: Epoch): boolean {
  const { redis, off, now, campaign } = world;
  const built = redis.built.get(epoch);
  if (!built?.header || !maySwitchTo(world, epoch)) return false;
  note(world, 'rebuilds switched to');
  redis.gate = {
    ...built.header,
    runId: redis.runId,
    sellsFrom: off.noSellsFrom ? 0 : now + campaign.times.reopenDelayMs,
    settleUntil: now + campaign.times.settlementMs,
    shrunk: false,
    claims: built.claims,
  };
  redis.fence = null;
  redis.built.delete(epoch);
  remember(world);
  return true;
}

function maySwitchTo({ redis, off }: World, epoch: Epoch): boolean {
  const { fence: present, gate, runId } = redis;
  if (off.noFence) return epoch > (gate?.epoch ?? 0);
  if (present?.epoch !== epoch) return false;
  return off.switchIgnoresRestart || present.runId === runId;
}
