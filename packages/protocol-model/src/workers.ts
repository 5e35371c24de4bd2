// Consumers, sweeper, reconciliation, shrinking, rebuild and operators, each one step at a time.
import * as gate from './gate.js';
import { type Epoch, idsOf, type OperationId, type ProcessId, type TicketKey, type UserId } from './ids.js';
import type {
  AckFault,
  CommitFault,
  Consumer,
  DeadLetterAction,
  Operation,
  Rebuilder,
  Reconciler,
} from './processes.js';
import type { BuiltGate, ClaimOfUser, CouponState, Entry, HeldClaim } from './records.js';
import { sendCapacity } from './requests.js';
import * as store from './store.js';
import { commitOffset, fetchRecords, unconsumed } from './topic.js';
import { gateView, isSettled, issueOf, live, note, ticketKey, type World } from './world.js';

// ---- Consumer: read, commit, acknowledge, in this order ----------------------------------------------

export function readBatch(world: World, id: ProcessId, max: number): boolean {
  if (world.consumers[id].phase !== 'idle') return false;
  const read =
    world.campaign.queue === 'TOPIC' ? fetchRecords(world, id, max) : gate.readBatch(world, id, max);
  if (!read) return false;
  const consumer = { phase: 'read', ...read } as const;
  world.consumers[id] = consumer;
  if (world.off.ackBeforeCommit) acknowledge(world, id, consumer);
  return true;
}

export function commitBatch(world: World, id: ProcessId, fault: CommitFault): boolean {
  const consumer = world.consumers[id];
  if (consumer.phase !== 'read') return false;
  // The consumer keeps its batch and tries for as long as it takes.
  if (!world.mysql.up || fault === 'notCommitted') return deliverAgain(consumer.batch);
  const result = store.settleBatch(world, consumer.batch, consumer.epoch);
  // Committed, but it does not know: the whole unit runs again.
  if (fault === 'unknown') return true;
  world.consumers[id] = afterCommit(world, consumer, result);
  if (!result.skipped) sendCapacity(world, result.delta);
  return true;
}

type BusyConsumer = Exclude<Consumer, { phase: 'idle' }>;

/**
 * Entries of the stream that are left alone are read again. A record of the topic is not: what it says still stands in
 * the stream, or is settled, or was lost with Redis and published too late to be waited for.
 */
function afterCommit(world: World, consumer: BusyConsumer, { skipped }: store.SettleResult): Consumer {
  if (skipped && consumer.upTo === undefined) return { phase: 'idle' };
  if (skipped) note(world, 'records skipped after a rebuild');
  return { ...consumer, phase: 'committed' };
}

function deliverAgain(batch: readonly Entry[]): true {
  for (const entry of batch) entry.deliveries += 1;
  return true;
}

export function finishBatch(world: World, id: ProcessId, fault: AckFault): boolean {
  const consumer = world.consumers[id];
  if (consumer.phase !== 'committed') return false;
  if (fault !== 'lost') acknowledge(world, id, consumer);
  world.consumers[id] = { phase: 'idle' };
  return true;
}

function acknowledge(world: World, id: ProcessId, { batch, upTo }: BusyConsumer): void {
  if (upTo !== undefined) commitOffset(world, id, upTo);
  else gate.acknowledge(world, idsOf(batch));
}

/** What it had read stays in the queue, for whoever finds it idle for long enough. */
export function killConsumer(world: World, id: ProcessId): boolean {
  world.consumers[id] = { phase: 'idle' };
  return true;
}

// ---- Sweeper: tells the gate what the row says, again and again ---------------------------------------

export function sweep(world: World): boolean {
  const { mysql, off, now } = world;
  if (!mysql.up) return false;
  world.lastSweepAt = now;
  if (mysql.row.version !== world.sweptVersion) {
    world.sweptVersion = mysql.row.version;
    world.changeSeenAt = now;
  }
  const givesUp = off.sweepRecentOnly && now - world.changeSeenAt > 2000;
  if (world.partitioned || givesUp || off.capacityByIncrements) return true;
  gate.setCapacity(world, gateView(mysql.row));
  return true;
}

// ---- Reconciliation: what is in the gate, but neither in the queue nor in the rows --------------------

export function advanceReconciler(world: World): boolean {
  const { reconciler } = world;
  if (reconciler.phase === 'idle') return examineClaims(world);
  if (!world.mysql.up) return false;
  for (const claim of reconciler.missing) {
    if (!isDecided(world, claim)) gate.driveAgain(world, reconciler.epoch, claim);
  }
  world.reconciler = { phase: 'idle' };
  return true;
}

function examineClaims(world: World): boolean {
  const epoch = gate.initialisedGate(world)?.epoch;
  if (epoch === undefined) return false;
  const { claims, queued } = gate.readSurvivors(world);
  const waiting = [...queued, ...unconsumed(world)];
  const missing = claims.filter(
    ({ user, origin }) => origin !== 'V1' && !waiting.some((entry) => entry.user === user),
  );
  if (missing.length === 0) return false;
  const examined: Reconciler = { phase: 'examined', epoch, missing };
  world.reconciler = examined;
  return true;
}

const isDecided = (world: World, claim: ClaimOfUser): boolean =>
  world.mysql.deadLetters.has(ticketKey(claim)) || isFinal(world, claim);

/** Whoever reads the rows alone reads what the claim came to. */
function isFinal(world: World, claim: ClaimOfUser): boolean {
  if (claim.ticket !== null) return isSettled(world.mysql, claim);
  return claim.origin !== 'LOST' || issueOf(world, claim.user) !== undefined;
}

// ---- After the close: once all is settled the gate may forget the claims -----------------------------

export function advanceShrinker(world: World): boolean {
  const { shrinker } = world;
  if (shrinker.phase === 'idle') return examineClosedGate(world);
  gate.shrink(world, shrinker.epoch, shrinker.given, shrinker.losses);
  world.shrinker = { phase: 'idle' };
  return true;
}

function examineClosedGate(world: World): boolean {
  const { mysql, now } = world;
  const closed = gate.initialisedGate(world);
  if (!mysql.up || !closed || closed.shrunk || closed.state !== 'CLOSED') return false;
  const { epoch, given, losses, settleUntil } = closed;
  if (now < settleUntil) return false;
  const { claims } = gate.readSurvivors(world);
  if (!claims.every((claim) => isFinal(world, claim))) return false;
  world.shrinker = { phase: 'examined', epoch, given, losses };
  return true;
}

// ---- Rebuild: mint, fence, activate, read the survivors, load, switch ---------------------------------

export function startRebuild(world: World, id: ProcessId): boolean {
  if (world.rebuilders[id].phase !== 'idle' || !world.mysql.up) return false;
  world.rebuilders[id] = { phase: 'fence', epoch: store.mintEpoch(world) };
  return true;
}

export function advanceRebuild(world: World, id: ProcessId): boolean {
  const next = nextPhase(world, world.rebuilders[id]);
  if (!next) return false;
  world.rebuilders[id] = next;
  return true;
}

export function killRebuild(world: World, id: ProcessId): boolean {
  world.rebuilders[id] = { phase: 'idle' };
  return true;
}

const IDLE: Rebuilder = { phase: 'idle' };

/** Null while it has to wait. */
function nextPhase(world: World, rebuilder: Rebuilder): Rebuilder | null {
  switch (rebuilder.phase) {
    case 'idle':
      return null;
    case 'fence':
      return shutGate(world, rebuilder);
    case 'drain':
      return world.topic.committed >= rebuilder.upTo ? { phase: 'activate', epoch: rebuilder.epoch } : null;
    case 'activate':
      return activate(world, rebuilder);
    case 'read':
      return { ...rebuilder, phase: 'load', survivors: gate.readSurvivors(world) };
    case 'load':
      return loadFirstHalf(world, rebuilder);
    case 'loadRest':
      gate.load(world, rebuilder.epoch, halvesOf(rebuilder.built)[1], rebuilder.built.header);
      return { phase: 'switch', epoch: rebuilder.epoch };
    case 'switch':
      gate.switchTo(world, rebuilder.epoch);
      return IDLE;
  }
}

type RebuilderIn<Phase extends Rebuilder['phase']> = Extract<Rebuilder, { phase: Phase }>;

/** First of all: nothing that is read from here on can become outdated by an admission. */
function shutGate(world: World, { epoch }: RebuilderIn<'fence'>): Rebuilder {
  return world.off.noFence || gate.fence(world, epoch) ? afterFence(world, epoch) : IDLE;
}

/** An entry that has left the stream did so under the fence's predecessor, so it is in the topic by now. */
function afterFence(world: World, epoch: Epoch): Rebuilder {
  const { campaign, topic, off } = world;
  if (campaign.queue !== 'TOPIC' || off.noTopicDrain) return { phase: 'activate', epoch };
  if (topic.committed < topic.records.length) note(world, 'rebuilds that waited for the topic');
  return { phase: 'drain', epoch, upTo: topic.records.length };
}

function activate(world: World, { epoch }: RebuilderIn<'activate'>): Rebuilder | null {
  if (!world.mysql.up) return null;
  const rows = store.activateEpoch(world, epoch);
  return rows ? { phase: 'read', epoch, rows } : IDLE;
}

function loadFirstHalf(world: World, { epoch, rows, survivors }: RebuilderIn<'load'>): Rebuilder {
  const built = store.buildGate(world, epoch, rows, survivors);
  gate.load(world, epoch, halvesOf(built)[0], null);
  return { phase: 'loadRest', epoch, built };
}

type Claims = readonly (readonly [UserId, HeldClaim])[];

function halvesOf({ claims }: BuiltGate): readonly [Claims, Claims] {
  const all = [...claims];
  const middle = Math.floor(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)];
}

// ---- Operators -----------------------------------------------------------------------------------

export function raise(world: World, by: number): boolean {
  if (!world.mysql.up) return false;
  store.raiseTotal(world, by);
  sendCapacity(world, by);
  return true;
}

export function setState(world: World, state: CouponState): boolean {
  if (!world.mysql.up || !store.setState(world, state)) return false;
  sendCapacity(world, 0);
  return true;
}

/** Only the gate knows how many claims there are, so a decrease asks it between two transactions. */
export function startDecrease(world: World, id: OperationId, by: number): boolean {
  const { mysql, off, operations } = world;
  const total = mysql.row.total - by;
  if (!mysql.up || total < 0 || total < live(mysql.row) || operations.has(id)) return false;
  if (off.decreaseGateFirst) return startAtGate(world, id, total);
  if (!store.announceDecrease(world, total)) return false;
  operations.set(id, { phase: 'askGate' });
  return true;
}

function startAtGate(world: World, id: OperationId, total: number): true {
  const { row } = world.mysql;
  if (gate.restrict(world, total + row.returned - row.issuedByV1)) {
    world.operations.set(id, { phase: 'setTotal', total });
  }
  return true;
}

/** Whoever announced it may be dead: the announcement in the row is all that is needed to go on. */
export function adoptDecrease(world: World, id: OperationId): boolean {
  const { mysql, operations } = world;
  if (!mysql.up || mysql.row.pendingTotal === null || operations.has(id)) return false;
  operations.set(id, { phase: 'askGate' });
  return true;
}

export function advanceDecrease(world: World, id: OperationId): boolean {
  const operation = world.operations.get(id);
  if (!operation || !world.mysql.up) return false;
  if (operation.phase === 'askGate') return askGate(world, id);
  endDecrease(world, operation);
  world.operations.delete(id);
  sendCapacity(world, 0);
  return true;
}

function askGate(world: World, id: OperationId): boolean {
  const { row } = world.mysql;
  const { code, fits } = gate.setCapacity(world, gateView(row));
  if (code !== 'TAKEN') return false;
  world.operations.set(id, { phase: 'finish', fits, pendingId: row.pendingId });
  return true;
}

function endDecrease(world: World, operation: Exclude<Operation, { phase: 'askGate' }>): void {
  if (operation.phase === 'finish') store.finishDecrease(world, operation.pendingId, operation.fits);
  else store.setTotal(world, operation.total);
}

export function killOperation(world: World, id: OperationId): boolean {
  return world.operations.delete(id);
}

export function settleDeadLetter(world: World, key: TicketKey, action: DeadLetterAction): boolean {
  if (!world.mysql.up || !store.settleDeadLetter(world, key, action)) return false;
  sendCapacity(world, 0);
  return true;
}
