// The steps. Nothing is drawn while one is performed: chance has a part only in choosing it.
import * as gate from './gate.js';
import type { MessageKey, OperationId, ProcessId, RequestId, TicketKey, UserId } from './ids.js';
import { checkAlways } from './invariants.js';
import type {
  AckFault,
  CommitFault,
  DeadLetterAction,
  Message,
  PublishFault,
  RequestFault,
} from './processes.js';
import * as relays from './relays.js';
import * as requests from './requests.js';
import { land, unconsumed } from './topic.js';
import * as workers from './workers.js';
import {
  addClient,
  flushRedis,
  MESSAGE_DELAY_MS_MAX,
  type Observed,
  restartRedis,
  type World,
} from './world.js';

type Nothing = object;
interface Sent {
  readonly id: RequestId;
  readonly user: UserId;
  readonly api: ProcessId;
}
interface OnMessage {
  readonly key: MessageKey;
}
interface OnProcess {
  readonly id: ProcessId;
}
interface OnOperation {
  readonly id: OperationId;
}

interface StepFields {
  readonly v2: Sent & { readonly withReceipt: boolean };
  readonly v1: Sent;
  readonly me: Sent;
  readonly cancel: Sent;
  /** Moves a request on by one stage. */
  readonly advance: { readonly id: RequestId; readonly fault: RequestFault };
  readonly probe: OnProcess;
  readonly 'kill-api': OnProcess;
  /** The process learns the server's present run id. */
  readonly reconnect: OnProcess;
  /** Somebody comes who was not among the campaign's users. */
  readonly newcomer: { readonly user: UserId };

  readonly deliver: OnMessage;
  readonly drop: OnMessage;
  readonly duplicate: OnMessage;

  readonly read: OnProcess & { readonly max: number };
  readonly commit: OnProcess & { readonly fault: CommitFault };
  readonly ack: OnProcess & { readonly fault: AckFault };
  readonly 'kill-consumer': OnProcess;
  readonly 'relay-read': OnProcess & { readonly max: number };
  readonly publish: OnProcess & { readonly fault: PublishFault };
  readonly remove: OnProcess & { readonly fault: AckFault };
  readonly 'kill-relay': OnProcess;
  /** What a relay sent and gave up reaches the topic. */
  readonly land: Nothing;
  /** From now on the user's entry cannot be settled. */
  readonly poison: { readonly user: UserId };
  readonly 'dead-letter': { readonly key: TicketKey; readonly action: DeadLetterAction };

  readonly sweep: Nothing;
  readonly shrink: Nothing;
  readonly reconcile: Nothing;
  readonly rebuild: OnProcess;
  readonly 'rebuild-step': OnProcess;
  readonly 'kill-rebuild': OnProcess;

  readonly raise: { readonly by: number };
  readonly lower: OnOperation & { readonly by: number };
  readonly adopt: OnOperation;
  readonly operation: OnOperation;
  readonly 'kill-operation': OnOperation;
  readonly pause: Nothing;
  readonly resume: Nothing;
  readonly close: Nothing;

  /** `cut`: how many of the last writes are lost. */
  readonly 'restart-redis': { readonly cut: number };
  readonly flushall: Nothing;
  readonly mysql: { readonly up: boolean };
  readonly partition: { readonly on: boolean };
  readonly tick: { readonly ms: number };
}

export type StepName = keyof StepFields;
export type Step<Name extends StepName = StepName> = {
  [N in Name]: { readonly name: N } & StepFields[N];
}[Name];
export type Schedule = readonly Step[];

type Handlers = { readonly [Name in StepName]: (world: World, step: Step<Name>) => boolean };

const HANDLERS: Handlers = {
  v2: (world, { id, user, api, withReceipt }) =>
    requests.sendRequest(world, 'v2', id, user, api, withReceipt),
  v1: (world, { id, user, api }) => requests.sendRequest(world, 'v1', id, user, api, false),
  me: (world, { id, user, api }) => requests.sendRequest(world, 'me', id, user, api, false),
  cancel: (world, { id, user, api }) => requests.sendRequest(world, 'cancel', id, user, api, false),
  advance: (world, { id, fault }) => requests.advanceRequest(world, id, fault),
  probe: (world, { id }) => requests.advanceProbe(world, id),
  'kill-api': (world, { id }) => requests.killApi(world, id),
  reconnect,
  newcomer,

  deliver,
  drop: (world, { key }) => takeMessage(world, key) !== null,
  duplicate,

  read: (world, { id, max }) => workers.readBatch(world, id, max),
  commit: (world, { id, fault }) => workers.commitBatch(world, id, fault),
  ack: (world, { id, fault }) => workers.finishBatch(world, id, fault),
  'kill-consumer': (world, { id }) => workers.killConsumer(world, id),
  'relay-read': (world, { id, max }) => relays.readForTopic(world, id, max),
  publish: (world, { id, fault }) => relays.publish(world, id, fault),
  remove: (world, { id, fault }) => relays.removePublished(world, id, fault),
  'kill-relay': (world, { id }) => relays.killRelay(world, id),
  land,
  poison,
  'dead-letter': (world, { key, action }) => workers.settleDeadLetter(world, key, action),

  sweep: workers.sweep,
  shrink: workers.advanceShrinker,
  reconcile: workers.advanceReconciler,
  rebuild: (world, { id }) => workers.startRebuild(world, id),
  'rebuild-step': (world, { id }) => workers.advanceRebuild(world, id),
  'kill-rebuild': (world, { id }) => workers.killRebuild(world, id),

  raise: (world, { by }) => workers.raise(world, by),
  lower: (world, { id, by }) => workers.startDecrease(world, id, by),
  adopt: (world, { id }) => workers.adoptDecrease(world, id),
  operation: (world, { id }) => workers.advanceDecrease(world, id),
  'kill-operation': (world, { id }) => workers.killOperation(world, id),
  pause: (world) => world.mysql.row.state === 'OPEN' && workers.setState(world, 'PAUSED'),
  resume: (world) => world.mysql.row.state === 'PAUSED' && workers.setState(world, 'OPEN'),
  close: (world) => workers.setState(world, 'CLOSED'),

  'restart-redis': (world, { cut }) => restartRedis(world, cut),
  flushall,
  mysql: setMySql,
  partition: setPartition,
  tick,
};

function reconnect(world: World, { id }: OnProcess): true {
  world.apis[id].runId = world.redis.runId;
  return true;
}

function newcomer(world: World, { user }: Step<'newcomer'>): boolean {
  if (world.clients.has(user)) return false;
  addClient(world, user);
  return true;
}

function takeMessage({ messages }: World, key: MessageKey): Message | null {
  const index = messages.findIndex((message) => message.key === key);
  return messages.splice(index, index < 0 ? 0 : 1)[0] ?? null;
}

/** A message that cannot reach Redis is given up. */
function deliver(world: World, { key }: OnMessage): boolean {
  const message = takeMessage(world, key);
  if (!message) return false;
  if (world.partitioned) return true;
  if (message.script === 'putClaim') gate.putClaim(world, message.user);
  else gate.setCapacity(world, message.view, message.delta);
  return true;
}

function duplicate({ messages }: World, { key }: OnMessage): boolean {
  const message = messages.find((candidate) => candidate.key === key);
  if (!message) return false;
  messages.push(message);
  return true;
}

function poison(world: World, { user }: Step<'poison'>): boolean {
  const waiting = [...world.redis.stream, ...unconsumed(world)];
  const entry = waiting.find((e) => e.user === user && e.kind === 'CLAIM' && !e.poison);
  if (!entry) return false;
  entry.poison = true;
  return true;
}

function flushall(world: World): true {
  flushRedis(world);
  return true;
}

function setMySql({ mysql }: World, { up }: Step<'mysql'>): boolean {
  if (mysql.up === up) return false;
  mysql.up = up;
  return true;
}

function setPartition(world: World, { on }: Step<'partition'>): boolean {
  if (world.partitioned === on) return false;
  world.partitioned = on;
  return true;
}

function tick(world: World, { ms }: Step<'tick'>): true {
  world.now += ms;
  return true;
}

function handle<Name extends StepName>(world: World, step: Step<Name>): boolean {
  const handler: Handlers[Name] = HANDLERS[step.name];
  return handler(world, step);
}

/**
 * Performs a step and checks the invariants. False, and without any effect, where it
 * cannot be done at present. After a violation no step is possible.
 */
export function perform(world: World, step: Step): boolean {
  world.answers = [];
  world.scripts = [];
  if (world.violation) return false;
  const done = handle(world, step);
  if (done) checkAlways(world);
  return done;
}

export interface StepOutcome extends Observed {
  /** False where the step was not possible; scripts that only read may have been called even so. */
  readonly done: boolean;
}

/** Performs a step and tells which scripts it called, with their replies, and what people were answered. */
export function observe(world: World, step: Step): StepOutcome {
  const done = perform(world, step);
  return { done, answers: world.answers, scripts: world.scripts };
}

/** In a timely campaign the clock stands still until these are performed: that bounds every delay. */
export function overdueSteps(world: World): Step[] {
  const isLate = ({ since }: { readonly since: number }) => world.now - since >= MESSAGE_DELAY_MS_MAX;
  const due: Step[] = [];
  for (const message of world.messages) if (isLate(message)) due.push({ name: 'deliver', key: message.key });
  for (const request of world.requests.values()) {
    if (isLate(request)) due.push({ name: 'advance', id: request.id, fault: 'ok' });
  }
  if (world.mysql.up && world.now - world.lastSweepAt >= world.sweepMs) due.push({ name: 'sweep' });
  return due;
}

/** `name argument argument …`, for traces. */
export const stepText = (step: Step): string => Object.values(step).join(' ');
