// People and API processes. Every advance is one stage of one request; in between, processes die, replies get
// lost, and others act.
import * as gate from './gate.js';
import type { ProcessId, RequestId, UserId } from './ids.js';
import type { AnsweredProbe, Api, Request, RequestFault, Stage } from './processes.js';
import type { ClaimReply, Door, FinalReading, Reading } from './replies.js';
import * as store from './store.js';
import { gateView, holdsClaim, issueOf, note, violate, type World } from './world.js';

export function sendRequest(
  world: World,
  door: Door,
  id: RequestId,
  user: UserId,
  api: ProcessId,
  withReceipt: boolean,
): boolean {
  const client = world.clients.get(user);
  if (!client || world.requests.has(id)) return false;
  world.requests.set(id, {
    id,
    door,
    user,
    api,
    receipt: withReceipt ? client.receipt : null,
    heldAtSend: holdsClaim(world, user),
    finalAtSend: client.final,
    stage: 'arrived',
    since: world.now,
    refusal: null,
    held: null,
    gateCode: null,
    rowsSaid: null,
    orphan: false,
  });
  return true;
}

export function advanceRequest(world: World, id: RequestId, fault: RequestFault): boolean {
  const request = world.requests.get(id);
  if (!request) return false;
  const { door, stage } = request;
  const advance = STAGES[door][stage];
  if (!advance) throw new Error(`A ${door} request has no stage ${stage}`);
  const next = advance(world, request, fault);
  if (typeof next === 'string') moveTo(world, request, next);
  else world.requests.delete(id);
  if (next instanceof Object) answer(world, request, next, stage === 'answer' && fault === 'lost');
  return true;
}

/** What the process held is gone; a script that it had sent may be executed all the same. */
export function killApi(world: World, id: ProcessId): boolean {
  for (const request of [...world.requests.values()]) {
    if (request.api !== id) continue;
    if (request.stage === 'toGate') request.orphan = true;
    else world.requests.delete(request.id);
  }
  world.apis[id] = { id, lease: null, probe: null, runId: world.redis.runId };
  return true;
}

// ---- Stages --------------------------------------------------------------------------------------

/** The stage that comes next, or the answer that ends the request; null where nobody is left to answer. */
type Next = Stage | Reading | null;
type Advance = (world: World, request: Request, fault: RequestFault) => Next;

const UNAVAILABLE: Reading = { status: 'UNAVAILABLE' };

const STAGES: { readonly [door in Door]: { readonly [stage in Stage]?: Advance } } = {
  v2: {
    arrived: judgeFromMemory,
    toGate: claimAtGate,
    confirmByRows,
    // A stage of its own: between the gate and the rows anything may happen.
    readStatus: () => 'answer',
    decideByRows,
    answer: read,
  },
  v1: { arrived: issueByRows, askGate: confirmByGate, confirmByRows, answer: read },
  me: { arrived: beginLookUp, askGate: lookUpAtGate, answer: read },
  cancel: { arrived: cancelByRows },
};

function moveTo(world: World, request: Request, stage: Stage): void {
  request.stage = stage;
  request.since = world.now;
}

function judgeFromMemory(world: World, request: Request): Next {
  if (request.receipt || !refusedFromMemory(world, request)) return 'toGate';
  request.refusal = 'SOLD_OUT';
  return mustAskRows(world) ? 'confirmByRows' : 'answer';
}

function claimAtGate(world: World, request: Request, fault: RequestFault): Next {
  const { user, receipt, api, orphan } = request;
  const reply = gate.claim(world, { user, receipt, api: world.apis[api] });
  if (orphan) return null;
  // The client library waits in vain and sends the script again.
  return fault === 'lost' ? 'toGate' : takeClaimReply(world, request, reply);
}

function takeClaimReply(world: World, request: Request, reply: ClaimReply): Next {
  switch (reply.code) {
    case 'NOT_INITIALISED':
    case 'SETTLING':
      return UNAVAILABLE;
    case 'SHRUNK':
      return 'decideByRows';
    case 'CLAIMED':
      request.held = reply.claim;
      return 'readStatus';
    default:
      request.refusal = reply.code;
      return mustAskRows(world) ? 'confirmByRows' : 'answer';
  }
}

/** Where both doors are open, neither refuses before it knows what the other one has given. */
const mustAskRows = ({ campaign, off }: World): boolean => campaign.mode === 'BOTH' && !off.v2RefusesAlone;
const mustAskGate = ({ campaign, off }: World): boolean => campaign.mode === 'BOTH' && !off.v1RefusesAlone;

function confirmByRows(world: World, request: Request): Next {
  if (!world.mysql.up) return UNAVAILABLE;
  if (issueOf(world, request.user)) request.refusal = null;
  return 'answer';
}

/** A gate shrinks only when all its claims are settled, so whoever has no row has no claim. */
function decideByRows(world: World, request: Request): Next {
  if (!world.mysql.up) return UNAVAILABLE;
  if (request.receipt) store.recordLost(world, request.user);
  if (!issueOf(world, request.user)) request.refusal = 'CLOSED';
  return 'answer';
}

function issueByRows(world: World, request: Request, fault: RequestFault): Next {
  if (!world.mysql.up || fault === 'notCommitted') return UNAVAILABLE;
  const before = gateView(world.mysql.row).capacity;
  const { refusal, fresh } = store.issueV1(world, request.user);
  // Nobody knows whether it was committed: the unit runs again, and finds its own row.
  if (fault === 'unknown') return 'arrived';
  if (fresh) announceV1Issue(world, request.user, gateView(world.mysql.row).capacity - before);
  request.refusal = refusal;
  return refusal && mustAskGate(world) ? 'askGate' : 'answer';
}

function confirmByGate(world: World, request: Request): Next {
  const reply = gate.lookUp(world, request.user, world.apis[request.api]);
  if (reply.code === 'NOT_INITIALISED') return UNAVAILABLE;
  // The gate has forgotten its claims since, and may do so only because all of them are in the rows.
  if (reply.code === 'SHRUNK' && !world.off.v1TrustsShrunkGate) return 'confirmByRows';
  if (reply.code === 'CLAIMED') {
    request.refusal = null;
    request.held = reply.claim;
  }
  return 'answer';
}

function beginLookUp(world: World, request: Request): Next {
  const { off, mysql } = world;
  if (off.rowsReadFirst && mysql.up) request.rowsSaid = { issue: issueOf(world, request.user) };
  return 'askGate';
}

function lookUpAtGate(world: World, request: Request): Next {
  const reply = gate.lookUp(world, request.user, world.apis[request.api]);
  request.gateCode = reply.code;
  request.held = reply.code === 'CLAIMED' ? reply.claim : null;
  return 'answer';
}

function cancelByRows(world: World, request: Request, fault: RequestFault): Next {
  if (!world.mysql.up) return UNAVAILABLE;
  const before = gateView(world.mysql.row).capacity;
  const cancelled = store.cancel(world, request.user);
  if (fault === 'unknown') return 'arrived';
  sendCapacity(world, gateView(world.mysql.row).capacity - before);
  return { status: cancelled ? 'CANCELLED' : 'NOTHING_TO_CANCEL' };
}

/** The gate was asked first, the rows are read now: a claim settled in between is found in the rows. */
function read(world: World, request: Request): Reading {
  if (request.refusal) return { status: 'REFUSED', refusal: request.refusal };
  const { up } = world.mysql;
  const present = up ? issueOf(world, request.user) : undefined;
  const issue = request.rowsSaid ? request.rowsSaid.issue : present;
  if (issue?.status === 'ISSUED') return { status: 'ISSUED', number: issue.number };
  if (issue) return { status: 'REJECTED', reason: issue.reason };
  if (!up) return { status: 'UNKNOWN' };
  if (request.held) return { status: 'PENDING' };
  const unknownToGate = request.gateCode === 'NONE' || request.gateCode === 'SHRUNK';
  return { status: unknownToGate ? 'NOT_REQUESTED' : 'UNKNOWN' };
}

// ---- Messages to the gate: nobody waits for them, the sweeper says the same again -------------------

export function sendCapacity(world: World, delta: number): void {
  if (world.off.capacityByIncrements && delta === 0) return;
  const view = gateView(world.mysql.row);
  const key = `capacity v${view.version}`;
  world.messages.push({ key, script: 'setCapacity', view, delta, since: world.now });
}

function announceV1Issue(world: World, user: UserId, delta: number): void {
  world.messages.push({ key: `putClaim ${user}`, script: 'putClaim', user, since: world.now });
  sendCapacity(world, delta);
}

// ---- Sold out, said from memory --------------------------------------------------------------------

function refusedFromMemory(world: World, request: Request): boolean {
  const { lease } = world.apis[request.api];
  if (!lease || world.now >= lease.until) return false;
  if (lease.winners.has(request.user) && !world.off.noWinnersFilter) return false;
  note(world, 'sold out, said from memory');
  gate.checkSoldOutIsTrue(world, `api${request.api} from memory`);
  return true;
}

/** Asking for a lease takes three steps: send, execute, receive. */
export function advanceProbe(world: World, id: ProcessId): boolean {
  const api = world.apis[id];
  const { probe } = api;
  if (!probe) api.probe = { stage: 'toGate', sentAt: world.now };
  else if (probe.stage === 'toGate') {
    api.probe = { stage: 'toApi', sentAt: probe.sentAt, offer: gate.confirmSoldOut(world, api) };
  } else takeLease(world, api, probe);
  return true;
}

/** The lease and the winners are taken or dropped together. */
function takeLease(world: World, api: Api, { sentAt, offer }: AnsweredProbe): void {
  const from = world.off.leaseFromReply ? world.now : sentAt;
  api.lease = offer.leasable ? { until: from + world.campaign.times.leaseMs, winners: offer.winners } : null;
  api.probe = null;
}

// ---- Answers ----------------------------------------------

/** A 503 and the answer to a cancellation say nothing about a claim. */
const SILENT: readonly Reading['status'][] = ['UNAVAILABLE', 'CANCELLED', 'NOTHING_TO_CANCEL'];

function answer(world: World, request: Request, reading: Reading, lost: boolean): void {
  const { id, door, user } = request;
  world.answers.push({ request: id, door, user, reading, lost });
  if (SILENT.includes(reading.status)) return;
  checkAnswer(world, request, reading);
  if (!lost) tell(world, request, reading);
}

function tell(world: World, request: Request, reading: Reading): void {
  const client = world.clients.get(request.user);
  if (!client) return;
  if (reading.status === 'REFUSED') client.refused += 1;
  else client.told = reading.status;
  if (isFinal(reading)) client.final = reading;
  const { held } = request;
  if (request.door === 'v2' && held && held.ticket !== null) client.receipt = { held };
}

const isFinal = (reading: Reading): reading is FinalReading =>
  reading.status === 'ISSUED' || reading.status === 'REJECTED';

const numberOf = (reading: Reading): number | null => (reading.status === 'ISSUED' ? reading.number : null);

/** I5. Only what was so when the request was sent, and still is, counts: in between an answer may be either. */
function checkAnswer(world: World, request: Request, reading: Reading): void {
  const { user, door, finalAtSend: final, heldAtSend } = request;
  const { status } = reading;
  if (heldAtSend && holdsClaim(world, user)) {
    if (status === 'REFUSED')
      violate(world, 'I5', `${user} holds a claim, ${door} refused with ${reading.refusal}`);
    if (status === 'NOT_REQUESTED') violate(world, 'I5', `${user} holds a claim, ${door} read NOT_REQUESTED`);
  }
  if (!final || status === 'REFUSED' || status === 'UNKNOWN') return;
  if (status !== final.status || numberOf(reading) !== numberOf(final)) {
    violate(world, 'I5', `${user} was told ${final.status}, then ${status} by ${door}`);
  }
}
