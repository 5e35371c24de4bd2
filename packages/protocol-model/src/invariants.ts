// The numbered invariants, except I5 and I6: these are about answers, and are checked where they are given.
import { initialisedGate } from './gate.js';
import type { IssuedRow, IssueRow, RejectReason } from './records.js';
import { unconsumed } from './topic.js';
import { freeUnits, isOnItsWay, isSettled, live, ticketKey, violate, type World } from './world.js';

export function checkAlways(world: World): void {
  checkIssues(world);
  checkAcceptedAreKept(world);
  noteFreeUnits(world);
}

const isIssued = (issue: IssueRow): issue is IssuedRow => issue.status === 'ISSUED';

const countInHands = (issued: readonly IssuedRow[]): number =>
  issued.filter((issue) => !issue.cancelled).length;

function checkIssues(world: World): void {
  const { issues, row } = world.mysql;
  const issued = issues.filter(isIssued);
  const inHands = countInHands(issued);
  if (inHands > row.total) violate(world, 'I1', `${inHands} issued of ${row.total}`);
  const people = new Set(issues.map(({ user }) => user));
  if (people.size !== issues.length) violate(world, 'I2', 'two final rows for one person');
  const numbers = issued.map(({ number }) => number).sort((a, b) => a - b);
  if (numbers.some((number, i) => number !== i + 1))
    violate(world, 'I11', `issue numbers ${numbers.join(',')}`);
  for (const issue of issues) checkOrigin(world, issue);
}

/** Without V1 nothing but an operator, or the loss of the claim itself, takes away what the gate promised. */
const ALLOWED_REASONS: { readonly [mode in World['campaign']['mode']]: readonly RejectReason[] } = {
  ASYNC: ['DISCARDED', 'LOST_IN_INCIDENT'],
  BOTH: ['SOLD_OUT', 'DISCARDED', 'LOST_IN_INCIDENT'],
};

function checkOrigin(world: World, issue: IssueRow): void {
  const { accepted, issuedByV1 } = world.truth;
  if (issue.status === 'ISSUED') {
    const known = issue.via === 'V1' ? issuedByV1.has(issue.user) : accepted.has(ticketKey(issue));
    if (!known) violate(world, 'I4', `${issue.user} is ISSUED without an accepted claim`);
    return;
  }
  if (accepted.get(ticketKey(issue))?.lost) return;
  if (!ALLOWED_REASONS[world.campaign.mode].includes(issue.reason)) {
    violate(world, 'I3', `${issue.user} was admitted, then REJECTED ${issue.reason}`);
  }
}

/** I3 on the way: no accepted claim is out of sight of everybody who could settle it. */
function checkAcceptedAreKept(world: World): void {
  const { mysql, redis, truth } = world;
  for (const claim of truth.accepted.values()) {
    if (claim.lost || isSettled(mysql, claim)) continue;
    const key = ticketKey(claim);
    if (mysql.deadLetters.has(key) || redis.stream.some((entry) => ticketKey(entry) === key)) continue;
    if (isOnItsWay(world, key)) continue;
    violate(world, 'I3', `accepted claim ${key} has no row, no queue entry and no dead letter`);
  }
}

/**
 * For I6. A sale uses up the unit that has been free for the longest time: one that comes back at the same moment
 * counts as new. While nothing can be sold no unit counts as free.
 */
function noteFreeUnits(world: World): void {
  const { freeSince } = world.truth;
  const free = isOffering(world) ? Math.max(0, freeUnits(world)) : 0;
  while (freeSince.length > free) freeSince.shift();
  while (freeSince.length < free) freeSince.push(world.now);
}

function isOffering(world: World): boolean {
  const { mysql, partitioned, now } = world;
  if (!mysql.up || partitioned || mysql.row.state !== 'OPEN') return false;
  const gate = initialisedGate(world);
  return gate !== null && now >= gate.settleUntil;
}

export function checkAtRest(world: World): void {
  const gate = initialisedGate(world);
  if (!gate) violate(world, 'I7', 'the gate was not rebuilt');
  const length = world.redis.stream.length + unconsumed(world).length;
  if (length > 0) violate(world, 'I3', `${length} entries are never settled`);
  if (gate) checkCounters(world, gate.capacity - gate.given);
  checkAllAreDecided(world);
}

/** I7 and I12: the rows agree with their counters, and the gate offers what MySQL has left. */
function checkCounters(world: World, offered: number): void {
  const { issues, row } = world.mysql;
  const inHands = countInHands(issues.filter(isIssued));
  if (inHands !== live(row)) violate(world, 'I7', `${inHands} rows, counters say ${live(row)}`);
  const free = row.total - live(row);
  if (offered !== free) violate(world, 'I7', `${free} units are free, the gate offers ${offered}`);
}

function checkAllAreDecided(world: World): void {
  for (const claim of world.truth.accepted.values()) {
    if (!claim.lost && !isSettled(world.mysql, claim))
      violate(world, 'I3', `${ticketKey(claim)} is never settled`);
  }
  for (const { user, receipt, final } of world.clients.values()) {
    if (receipt && !final) violate(world, 'I3', `${user} holds a receipt and is never decided`);
  }
}
