// MySQL: each exported function is one transaction that holds the lock of the coupon's row; the model sees it
// at its COMMIT.
import { asEpoch, type Epoch, type RowVersion, type TicketKey, type UserId } from './ids.js';
import type { DeadLetterAction } from './processes.js';
import type {
  BuiltGate,
  ClaimName,
  ClaimOfUser,
  CouponState,
  Entry,
  HeldClaim,
  IssueRow,
  Refusal,
  RejectReason,
  Row,
  RowsAtActivation,
} from './records.js';
import type { Survivors } from './replies.js';
import {
  certainTotal,
  gateView,
  isSettled,
  issueOf,
  live,
  markLostClaims,
  note,
  ticketKey,
  type World,
} from './world.js';

/** Whatever the gate must learn moves the version. */
function touch(row: Row): void {
  row.version += 1;
}

/** The number is given under the lock: 1, 2, 3 … without gaps. */
function insertIssued(world: World, origin: ClaimName, via: 'V1' | 'V2'): void {
  const { mysql, off, now } = world;
  const { user, epoch, ticket } = origin;
  mysql.row.issued += 1;
  const number = off.numberFromTicket && ticket ? ticket : mysql.row.issued;
  mysql.issues.push({ status: 'ISSUED', user, epoch, ticket, number, via, at: now, cancelled: false });
}

function insertRejected(world: World, { user, epoch, ticket }: ClaimName, reason: RejectReason): void {
  world.mysql.issues.push({ status: 'REJECTED', user, epoch, ticket, reason });
}

// ---- V1 ------------------------------------------------------------------------------------------

/** `fresh`: issued by this very call. No refusal means that the person has a row. */
export interface V1Result {
  readonly refusal: Refusal | null;
  readonly fresh: boolean;
}

export function issueV1(world: World, user: UserId): V1Result {
  if (issueOf(world, user)) return { refusal: null, fresh: false };
  const refusal = refusalOfV1(world);
  if (refusal) return { refusal, fresh: false };
  const { row } = world.mysql;
  insertIssued(world, { user, epoch: null, ticket: null }, 'V1');
  note(world, 'issued by V1');
  row.issuedByV1 += 1;
  touch(row);
  world.truth.issuedByV1.add(user);
  return { refusal: null, fresh: true };
}

function refusalOfV1({ mysql, now, campaign }: World): Refusal | null {
  const { row } = mysql;
  if (now >= campaign.endsAt) return 'ENDED';
  if (row.state !== 'OPEN') return row.state;
  return live(row) >= certainTotal(row) ? 'SOLD_OUT' : null;
}

// ---- V2: the consumer's batch ---------------------------------------------------------------------

export type SettleResult = { readonly skipped: true } | { readonly skipped: false; readonly delta: number };

/**
 * `epoch`: the gate's, at the reading. If the row has another one, a rebuild counts these entries as survivors;
 * they are left as they are, and read again from the gate that it builds.
 */
export function settleBatch(world: World, batch: readonly Entry[], epoch: Epoch): SettleResult {
  const { mysql, off } = world;
  if (epoch !== mysql.row.epoch && !off.noReadEpoch) {
    note(world, 'batches left alone after a rebuild');
    return { skipped: true };
  }
  const before = gateView(mysql.row).capacity;
  if (off.countByBatch) mysql.row.issued += batch.filter((entry) => issueOf(world, entry.user)).length;
  for (const entry of batch) settleEntry(world, entry);
  touch(mysql.row);
  return { skipped: false, delta: gateView(mysql.row).capacity - before };
}

function settleEntry(world: World, entry: Entry): void {
  const { mysql, off } = world;
  const key = ticketKey(entry);
  const existing = off.noUniqueKey ? undefined : issueOf(world, entry.user);
  if (existing) settleDuplicate(world, entry, existing);
  else if (mysql.deadLetters.has(key)) return;
  else if (entry.poison) mysql.deadLetters.set(key, { ...entry, poison: false });
  else if (entry.kind === 'LOST') settleLoss(world, entry);
  else settleTicket(world, entry);
}

/** No ticket was counted for it, so none comes back. */
function settleLoss(world: World, entry: Entry): void {
  insertRejected(world, entry, 'LOST_IN_INCIDENT');
  if (world.off.lostRaisesReturned) world.mysql.row.returned += 1;
}

/** Window and state were the gate's to judge; only the units are counted here. */
function settleTicket(world: World, entry: Entry): void {
  const { mysql, off, campaign, now } = world;
  if (off.deliveryCountRejects && entry.deliveries > 3) rejectTicket(world, entry, 'TOO_MANY_DELIVERIES');
  else if (off.consumerJudgesWindow && now >= campaign.endsAt) rejectTicket(world, entry, 'ENDED');
  else if (live(mysql.row) < mysql.row.total) insertIssued(world, entry, 'V2');
  else rejectTicket(world, entry, 'SOLD_OUT');
}

/** The note is unique, and it alone raises `returned`: so a unit comes back once, however often this runs. */
function settleDuplicate(world: World, entry: Entry, existing: IssueRow): void {
  const { mysql, off } = world;
  if (entry.kind === 'LOST') return;
  if (existing.epoch === entry.epoch && existing.ticket === entry.ticket) return;
  const key = ticketKey(entry);
  if (mysql.voids.has(key) && !off.voidNotRecorded) return;
  note(world, 'tickets that needed no row');
  mysql.voids.add(key);
  mysql.deadLetters.delete(key);
  mysql.row.returned += 1;
}

function rejectTicket(world: World, entry: Entry, reason: RejectReason): void {
  note(world, `tickets rejected ${reason}`);
  insertRejected(world, entry, reason);
  world.mysql.row.returned += 1;
}

/** An operator decides; until then the ticket counts as promised, in every rebuild too. */
export function settleDeadLetter(world: World, key: TicketKey, action: DeadLetterAction): boolean {
  const { mysql } = world;
  const entry = mysql.deadLetters.get(key);
  if (!entry) return false;
  mysql.deadLetters.delete(key);
  const existing = issueOf(world, entry.user);
  if (existing) settleDuplicate(world, entry, existing);
  else if (action === 'discard' && entry.kind === 'CLAIM') rejectTicket(world, entry, 'DISCARDED');
  else settleEntry(world, entry);
  touch(mysql.row);
  return true;
}

/** A receipt shown to a gate that has shrunk, without any row: the claim was lost, and that is final. */
export function recordLost(world: World, user: UserId): void {
  if (!issueOf(world, user)) {
    insertRejected(world, { user, epoch: null, ticket: null }, 'LOST_IN_INCIDENT');
  }
}

// ---- Returned units ------------------------------------------------------------------------------

/** True where the person's unit is returned now, by this call or an earlier one. */
export function cancel(world: World, user: UserId): boolean {
  const { mysql, off } = world;
  const issue = issueOf(world, user);
  if (issue?.status !== 'ISSUED') return false;
  if (issue.cancelled && !off.cancelTwice) return true;
  note(world, 'units returned');
  issue.cancelled = true;
  mysql.row.givenBack += 1;
  mysql.row.returned += 1;
  touch(mysql.row);
  return true;
}

// ---- Operators -----------------------------------------------------------------------------------

export function raiseTotal(world: World, by: number): void {
  const { row } = world.mysql;
  row.total += by;
  touch(row);
}

/** A decrease begins in the row: whoever reads it there can ask the gate for it, again or for another. */
export function announceDecrease(world: World, total: number): boolean {
  const { row } = world.mysql;
  if (row.pendingTotal !== null || total >= row.total || total < live(row)) return false;
  row.pendingTotal = total;
  touch(row);
  row.pendingId = row.version;
  return true;
}

/** It ends in the row too: in force where the gate had room for it, withdrawn where it had not. */
export function finishDecrease(world: World, pendingId: RowVersion, fits: boolean): void {
  const { row } = world.mysql;
  // The gate's answer may be to an announcement that somebody else has finished meanwhile.
  if (row.pendingTotal === null || row.pendingId !== pendingId) return;
  if (fits && row.pendingTotal >= live(row)) row.total = row.pendingTotal;
  note(world, 'decreases finished');
  row.pendingTotal = null;
  touch(row);
}

/** Called only where a guard sends the decrease to the gate first. */
export function setTotal(world: World, total: number): void {
  const { row } = world.mysql;
  if (total >= live(row)) row.total = total;
  touch(row);
}

export function setState(world: World, state: CouponState): boolean {
  const { row } = world.mysql;
  if (row.state === state || row.state === 'CLOSED') return false;
  row.state = state;
  touch(row);
  return true;
}

// ---- Rebuild -------------------------------------------------------------------------------------

export function mintEpoch(world: World): Epoch {
  const { row } = world.mysql;
  row.mintedEpoch = asEpoch(row.mintedEpoch + 1);
  return row.mintedEpoch;
}

/**
 * After this commit nothing that was read from an earlier gate can be settled. So what is read here and what
 * survives in Redis can be added up: a claim is in the one or in the other, or known to be in both.
 */
export function activateEpoch(world: World, epoch: Epoch): RowsAtActivation | null {
  const { row, issues, voids, deadLetters } = world.mysql;
  if (epoch !== row.mintedEpoch || epoch <= row.epoch) return null;
  row.epoch = epoch;
  touch(row);
  // What landed in the topic too late to be waited for, and is nowhere else any more, was lost with Redis.
  if (world.redisLostWrites) markLostClaims(world);
  return {
    view: gateView(row),
    row: { ...row },
    issues: issues.map((issue) => ({ ...issue })),
    voids: new Set(voids),
    deadLetters: [...deadLetters.values()].map((entry) => ({ ...entry })),
  };
}

/** The new gate as a function of the rows and of what survived in Redis. */
export function buildGate(
  world: World,
  epoch: Epoch,
  rows: RowsAtActivation,
  { claims: surviving, queued }: Survivors,
): BuiltGate {
  const { off, now } = world;
  const deadLetters = off.rebuildForgetsDeadLetters ? [] : rows.deadLetters;
  const survivors = [...surviving, ...[...queued, ...deadLetters].map((entry) => claimOf(entry, now))];
  const claims = mergeClaims(rows, survivors, now);
  const given = off.givenIsClaimsLoaded
    ? [...claims.values()].filter((held) => held.ticket !== null).length
    : ticketsGiven(rows, survivors);
  const { version, state, capacity: usual, pendingCapacity } = rows.view;
  const capacity = pendingCapacity !== null && given <= pendingCapacity ? pendingCapacity : usual;
  return {
    header: { epoch, version, capacity, state, given, losses: 0, sellsFrom: 0, settleUntil: 0 },
    claims,
  };
}

function claimOf(entry: Entry, at: number): ClaimOfUser {
  const { user, epoch } = entry;
  return entry.kind === 'LOST'
    ? { origin: 'LOST', user, epoch, ticket: null, at }
    : { origin: 'ADMITTED', user, epoch, ticket: entry.ticket, at };
}

/** The row wins. Epoch and ticket of a claim outlive the gate that gave them: receipts and rows name them. */
function mergeClaims(
  rows: RowsAtActivation,
  survivors: readonly ClaimOfUser[],
  at: number,
): Map<UserId, HeldClaim> {
  const claims = new Map<UserId, HeldClaim>();
  for (const { user, epoch, ticket } of rows.issues) claims.set(user, { origin: 'ROW', epoch, ticket, at });
  for (const { user, ...held } of survivors) if (!claims.has(user)) claims.set(user, { ...held, at });
  return claims;
}

/** All that MySQL has neither issued nor promised stays free, and everything else counts as given. */
function ticketsGiven(rows: RowsAtActivation, survivors: readonly ClaimOfUser[]): number {
  const unsettled = new Set<TicketKey>();
  for (const claim of survivors) {
    if (claim.ticket !== null && !isSettled(rows, claim)) unsettled.add(ticketKey(claim));
  }
  const free = rows.row.total - live(rows.row) - unsettled.size;
  return rows.view.capacity - free;
}
