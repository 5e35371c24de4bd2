// Consumers, sweeper, reconciliation, shrinking, rebuild and operators, each one step at a time.
import * as gate from './gate.js';
import type { OperationId, ProcessId, TicketKey, UserId } from './ids.js';
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
import { gateView, isSettled, live, ticketKey, type World } from './world.js';

// ---- Consumer: read, commit, acknowledge, in this order ----------------------------------------------

export function readBatch(world: World, id: ProcessId, max: number): boolean {
  if (world.consumers[id].phase !== 'idle') return false;
  const read = gate.readBatch(world, id, max);
  if (!read) return false;
  world.consumers[id] = { phase: 'read', ...read };
  if (world.off.ackBeforeCommit) acknowledge(world, read.batch);
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
  world.consumers[id] = afterCommit(consumer, result);
  if (!result.skipped) sendCapacity(world, result.delta);
  return true;
}

function afterCommit(
  consumer: Exclude<Consumer, { phase: 'idle' }>,
  { skipped }: store.SettleResult,
): Consumer {
  return skipped ? { phase: 'idle' } : { ...consumer, phase: 'committed' };
}

function deliverAgain(batch: readonly Entry[]): true {
  for (const entry of batch) entry.deliveries += 1;
  return true;
}

export function finishBatch(world: World, id: ProcessId, fault: AckFault): boolean {
  const consumer = world.consumers[id];
  if (consumer.phase !== 'committed') return false;
  if (fault !== 'lost') acknowledge(world, consumer.batch);
  world.consumers[id] = { phase: 'idle' };
  return true;
}

function acknowledge(world: World, batch: readonly Entry[]): void {
  gate.acknowledge(
    world,
    batch.map(({ id }) => id),
  );
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
  const missing = claims.filter(
    ({ user, origin }) => origin !== 'V1' && !queued.some((entry) => entry.user === user),
  );
  if (missing.length === 0) return false;
  const examined: Reconciler = { phase: 'examined', epoch, missing };
  world.reconciler = examined;
  return true;
}

function isDecided({ mysql }: World, claim: ClaimOfUser): boolean {
  if (mysql.deadLetters.has(ticketKey(claim))) return true;
  if (claim.origin === 'LOST') return mysql.issues.some(({ user }) => user === claim.user);
  return isSettled(mysql, claim);
}

// ---- After the close: once all is settled the gate may forget the claims -----------------------------

export function advanceShrinker(world: World): boolean {
  const { shrinker } = world;
  if (shrinker.phase === 'idle') return examineClosedGate(world);
  gate.shrink(world, shrinker.epoch, shrinker.given);
  world.shrinker = { phase: 'idle' };
  return true;
}

function examineClosedGate(world: World): boolean {
  const { mysql, now } = world;
  const closed = gate.initialisedGate(world);
  if (!mysql.up || !closed || closed.shrunk || closed.state !== 'CLOSED') return false;
  const { epoch, given, settleUntil } = closed;
  if (now < settleUntil) return false;
  const { claims } = gate.readSurvivors(world);
  if (claims.some((claim) => claim.ticket !== null && !isSettled(mysql, claim))) return false;
  world.shrinker = { phase: 'examined', epoch, given };
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
  return world.off.noFence || gate.fence(world, epoch) ? { phase: 'activate', epoch } : IDLE;
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
