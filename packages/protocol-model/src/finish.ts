// How a run ends: the faults stop and everything heals, everybody asks once more, and then newcomers come until
// one is refused, since a unit that is counted but cannot be had is as bad as a lost one.
import { isInitialised, readSurvivors } from './gate.js';
import { asUserId, PROCESS_IDS, type ProcessId, type UserId } from './ids.js';
import { checkAtRest } from './invariants.js';
import { permit } from './omissions.js';
import { perform, type Schedule, type Step } from './steps.js';
import { unconsumed } from './topic.js';
import { holdsClaim, live, violate, type World } from './world.js';

const HEALING_ROUNDS_MAX = 60;
/** After one round an entry that was read and left can be taken over. */
const HEALING_ROUND_MS = 400;
const ASKING_ROUNDS = 2;

/** Replies the steps that were performed, so that they can be performed elsewhere too. */
export function finish(world: World): Schedule {
  const ending = new Ending(world);
  ending.heal();
  const { settlementMs, reopenDelayMs } = world.campaign.times;
  ending.perform({ name: 'tick', ms: settlementMs + reopenDelayMs });
  ending.heal();
  for (let round = 0; round < ASKING_ROUNDS; round += 1) {
    everybodyAsks(world, ending, round);
    ending.heal();
  }
  if (world.mysql.row.state === 'PAUSED') ending.perform({ name: 'resume' });
  ending.heal();
  checkAtRest(world);
  if (world.mysql.row.state === 'OPEN' && world.now < world.campaign.endsAt) sellTheRest(world, ending);
  return ending.steps;
}

class Ending {
  readonly steps: Step[] = [];

  constructor(private readonly world: World) {
    this.perform({ name: 'mysql', up: true });
    this.perform({ name: 'partition', on: false });
    for (const id of PROCESS_IDS) this.perform({ name: 'reconnect', id });
  }

  perform(step: Step): boolean {
    const permitted = permit(this.world, step);
    if (!permitted || !perform(this.world, permitted)) return false;
    this.steps.push(permitted);
    return true;
  }

  /** Performs whatever is possible until nothing is left to do. */
  heal(): void {
    for (let round = 0; round < HEALING_ROUNDS_MAX && !this.world.violation; round += 1) {
      const worked = this.healOnce();
      const { redis, messages, requests } = this.world;
      const waiting = redis.stream.length + unconsumed(this.world).length;
      if (!worked && waiting + messages.length + requests.size === 0) return;
    }
    if (!this.world.violation) violate(this.world, 'I7', 'the system does not come to rest');
  }

  private healOnce(): boolean {
    const { world } = this;
    const worked = openWork(world).filter((step) => this.perform(step)).length;
    const rebuilds = world.rebuilders.some(({ phase }) => phase !== 'idle');
    const mustRebuild = !isInitialised(world) && !rebuilds;
    if (mustRebuild) this.perform({ name: 'rebuild', id: 0 });
    this.perform({ name: 'reconcile' });
    this.perform({ name: 'reconcile' });
    this.perform({ name: 'sweep' });
    const { reclaimIdleMs } = world.campaign.times;
    this.perform({ name: 'tick', ms: Math.max(HEALING_ROUND_MS, reclaimIdleMs) });
    return worked > 0 || mustRebuild;
  }
}

function openWork(world: World): Step[] {
  const { requests, messages, operations, mysql } = world;
  const { underWay } = world.topic;
  return [
    ...[...requests.keys()].map((id): Step => ({ name: 'advance', id, fault: 'ok' })),
    ...messages.map(({ key }): Step => ({ name: 'deliver', key })),
    ...[...operations.keys()].map((id): Step => ({ name: 'operation', id })),
    { name: 'adopt', id: 'end' },
    ...underWay.map((): Step => ({ name: 'land' })),
    ...PROCESS_IDS.flatMap(workOf),
    ...[...mysql.deadLetters.keys()].map(
      (key, i): Step => ({ name: 'dead-letter', key, action: i % 2 === 0 ? 'retry' : 'discard' }),
    ),
  ];
}

function workOf(id: ProcessId): Step[] {
  return [
    { name: 'rebuild-step', id },
    { name: 'relay-read', id, max: 5 },
    { name: 'publish', id, fault: 'ok' },
    { name: 'remove', id, fault: 'ok' },
    { name: 'read', id, max: 5 },
    { name: 'commit', id, fault: 'ok' },
    { name: 'ack', id, fault: 'ok' },
  ];
}

/** With the receipt where there is one and no answer was final; the others only if they should hear of a claim. */
function everybodyAsks(world: World, ending: Ending, round: number): void {
  for (const { user, receipt, final } of [...world.clients.values()]) {
    const id = `last${round}:${user}`;
    if (receipt && !final) ending.perform({ name: 'v2', id, user, api: 0, withReceipt: true });
    else if (holdsClaim(world, user)) ending.perform({ name: 'v2', id, user, api: 1, withReceipt: false });
  }
}

function sellTheRest(world: World, ending: Ending): void {
  const left = world.mysql.row.total - live(world.mysql.row);
  for (let i = 0; i <= left && !world.violation; i += 1) {
    const user = asUserId(`late${i}`);
    const api: ProcessId = i % 2 === 0 ? 0 : 1;
    ending.perform({ name: 'newcomer', user });
    ending.perform({ name: 'v2', id: user, user, api, withReceipt: false });
    ending.heal();
    if (i < left) checkIsSold(world, user, left - i);
    else checkIsRefused(world, user);
  }
}

function checkIsSold(world: World, user: UserId, left: number): void {
  if (!holdsClaim(world, user)) violate(world, 'I6', `${left} units are left, but ${user} was refused`);
}

function checkIsRefused(world: World, user: UserId): void {
  if (holdsClaim(world, user)) violate(world, 'I1', `${user} got a unit after the last`);
  if (readSurvivors(world).claims.some((claim) => claim.user === user)) {
    violate(world, 'I7', `${user} was admitted though no unit is left`);
  }
}
