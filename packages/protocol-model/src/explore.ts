// Draws a small campaign from a seed, and then one possible step after another.
import { type Campaign, DEFAULT_TIMES, type Focus, type Profile } from './campaign.js';
import { finish } from './finish.js';
import type { GuardsOff } from './guards.js';
import { asUserId, type ProcessId, type RequestId, type UserId } from './ids.js';
import { permit } from './omissions.js';
import type { AckFault, CommitFault, DeadLetterAction, PublishFault, RequestFault } from './processes.js';
import { createRandom, type Random } from './random.js';
import { overdueSteps, perform, type Schedule, type Step } from './steps.js';
import { createWorld, type Sightings, type Violation, type World } from './world.js';

const STEPS_MAX = 160;
const STEPS_MAX_DEEP = 320;

/** A run: `schedule` and then `ending` are all the steps that were possible, in their order. */
export interface Run {
  readonly seed: number;
  readonly campaign: Campaign;
  readonly schedule: Schedule;
  readonly ending: Schedule;
  readonly violation: Violation | null;
  readonly seen: Sightings;
}

/** One random run under a profile; the same arguments give the same run. */
export function explore(seed: number, profile: Profile = {}, off: GuardsOff = {}): Run {
  const random = createRandom(seed);
  const campaign = drawCampaign(random, profile);
  const world = createWorld(campaign, off);
  const schedule: Step[] = [];
  const tryStep = (step: Step) => {
    const permitted = permit(world, step);
    if (permitted && perform(world, permitted)) schedule.push(permitted);
  };
  if (campaign.lossFirst) for (const step of lossFirst(campaign, random)) tryStep(step);
  const stepsMax = campaign.deep ? STEPS_MAX_DEEP : STEPS_MAX;
  for (let serial = 0; serial < stepsMax && !world.violation; serial += 1) {
    tryStep(drawStep(world, random, serial));
  }
  const ending = world.violation ? [] : finish(world);
  return { seed, campaign, schedule, ending, violation: world.violation, seen: world.seen };
}

// ---- Campaigns -----------------------------------------------------------------------------------

/** Most campaigns lack whole kinds of trouble: so the others are met in more depth. */
export function drawCampaign(random: Random, profile: Profile): Campaign {
  const startsWithLoss = random.chance(0.2);
  const focus: Focus = startsWithLoss
    ? random.pick(['reopening', 'closing'])
    : random.pick(['all', 'all', 'reopening', 'rebuild', 'closing', 'sweeping']);
  const sweeping = focus === 'sweeping';
  return {
    mode: random.chance(0.6) ? 'ASYNC' : 'BOTH',
    queue: 'STREAM',
    timely: sweeping || random.chance(0.4),
    total: 1 + random.below(3),
    users: sweeping ? 9 : 3 + random.below(4),
    endsAt: !sweeping && random.chance(0.25) ? 1500 + random.below(4000) : Number.POSITIVE_INFINITY,
    focus,
    lossFirst: startsWithLoss,
    deep: random.chance(0.25),
    dataLoss: !sweeping && random.chance(0.5),
    crashes: sweeping || random.chance(0.7),
    operators: sweeping || random.chance(0.6),
    poison: random.chance(0.2),
    times: DEFAULT_TIMES,
    without: [],
    ...profile,
  };
}

/** A start that chance seldom finds: Redis loses a claim, its receipt is kept, and the units are nearly gone. */
function lossFirst({ total, operators, times }: Campaign, random: Random): Step[] {
  const taken = random.below(total + 1);
  const others = Array.from({ length: taken }, (_, i) => askOnce(`after${i}`, asUserId(`u${i + 1}`)));
  return [
    ...askOnce('before', asUserId('u0')),
    { name: 'flushall' },
    { name: 'rebuild', id: 0 },
    ...repeat(7, { name: 'rebuild-step', id: 0 }),
    { name: 'tick', ms: times.settlementMs + 1000 },
    ...others.flat(),
    ...(operators && random.chance(0.4) ? leasedThenPaused() : []),
  ];
}

const repeat = (times: number, step: Step): Step[] => Array.from({ length: times }, () => step);

const askOnce = (id: RequestId, user: UserId): Step[] => [
  { name: 'v2', id, user, api: 0, withReceipt: false },
  ...repeat(4, { name: 'advance', id, fault: 'ok' }),
];

const leasedThenPaused = (): Step[] => [
  ...repeat(3, { name: 'probe', id: 0 }),
  { name: 'pause' },
  { name: 'raise', by: 1 },
];

// ---- Steps ---------------------------------------------------------------------------------------

function drawStep(world: World, random: Random, serial: number): Step {
  if (world.campaign.timely) {
    const [first, ...rest] = overdueSteps(world);
    if (first) return random.pick([first, ...rest]);
  }
  const list = candidates(world, random, serial);
  let left = (random.below(1000) / 1000) * list.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, step] of list) {
    left -= weight;
    if (left < 0) return step;
  }
  return { name: 'tick', ms: 10 };
}

type Weighted = readonly [weight: number, step: Step];

/** What a step may be about, drawn once for all candidates. */
interface Draw {
  readonly random: Random;
  readonly serial: number;
  readonly user: UserId;
  readonly api: ProcessId;
  readonly id: ProcessId;
}

/**
 * The steps worth trying now. One that is not possible costs no more than the draw. The order matters: it decides
 * which schedule a seed stands for.
 */
function candidates(world: World, random: Random, serial: number): Weighted[] {
  const { users, lossFirst: wantsFirst } = world.campaign;
  const user = asUserId(wantsFirst && random.chance(0.5) ? 'u0' : `u${random.below(users)}`);
  const draw: Draw = { random, serial, user, api: drawProcess(random), id: drawProcess(random) };
  return [
    ...newRequests(world, draw),
    ...regularWork(world, draw),
    ...relayWork(world, draw),
    ...openRequests(world, draw),
    ...messages(world),
    ...crashes(world, draw),
    ...deadLetters(world, draw),
    ...operators(world, draw),
    ...dataLoss(world, draw),
  ];
}

const drawProcess = (random: Random): ProcessId => (random.below(2) === 0 ? 0 : 1);

function drawFault<Fault extends string>(
  random: Random,
  faults: readonly [Fault, ...Fault[]],
  probability: number,
): Fault | 'ok' {
  return random.chance(probability) ? random.pick(faults) : 'ok';
}

function newRequests({ campaign, requests }: World, { random, serial, user, api }: Draw): Weighted[] {
  const { focus, mode } = campaign;
  const id = `r${serial}`;
  const weightOfV1 = focus === 'closing' ? 8 : 4;
  return [
    [requests.size < 5 ? 8 : 1, { name: 'v2', id, user, api, withReceipt: random.chance(0.6) }],
    [focus === 'closing' ? 6 : 1, { name: 'me', id, user, api }],
    [focus === 'reopening' ? 4 : 2, { name: 'cancel', id, user, api }],
    [mode === 'BOTH' ? weightOfV1 : 0, { name: 'v1', id, user, api }],
  ];
}

function regularWork({ campaign }: World, { random, api, id }: Draw): Weighted[] {
  const { focus, timely, crashes } = campaign;
  const max = 1 + random.below(3);
  const commit: CommitFault = drawFault(random, ['unknown', 'notCommitted'], crashes ? 0.25 : 0);
  const ack: AckFault = drawFault(random, ['lost'], crashes ? 0.3 : 0);
  return [
    [focus === 'reopening' ? 14 : 6, { name: 'probe', id: api }],
    [5, { name: 'read', id, max }],
    [6, { name: 'commit', id, fault: commit }],
    [5, { name: 'ack', id, fault: ack }],
    // A timely campaign sweeps whenever it is due.
    [timely ? 0 : 2, { name: 'sweep' }],
    [1, { name: 'reconcile' }],
    [focus === 'closing' ? 10 : 1, { name: 'shrink' }],
    [4, { name: 'rebuild-step', id }],
    [1, { name: 'reconnect', id: api }],
    [weightOfTick(campaign), { name: 'tick', ms: drawDelay(random, campaign) }],
  ];
}

function relayWork({ campaign, topic }: World, { random, id }: Draw): Weighted[] {
  if (campaign.queue !== 'TOPIC') return [];
  const publish: PublishFault = drawFault(random, ['lost', 'late'], campaign.crashes ? 0.3 : 0);
  const remove: AckFault = drawFault(random, ['lost'], campaign.crashes ? 0.3 : 0);
  return [
    [6, { name: 'relay-read', id, max: 1 + random.below(3) }],
    [6, { name: 'publish', id, fault: publish }],
    [5, { name: 'remove', id, fault: remove }],
    [topic.underWay.length > 0 ? 2 : 0, { name: 'land' }],
    [campaign.crashes ? 0.6 : 0, { name: 'kill-relay', id }],
  ];
}

function weightOfTick({ focus, timely }: Campaign): number {
  if (focus === 'sweeping') return 60;
  if (timely) return 25;
  return focus === 'reopening' ? 5 : 9;
}

function drawDelay(random: Random, { focus, timely }: Campaign): number {
  if (timely) return 10 + random.below(40);
  return random.pick(focus === 'reopening' ? [20, 50, 100, 200, 400] : [20, 100, 400, 700, 2500]);
}

function openRequests({ campaign, requests }: World, { random }: Draw): Weighted[] {
  const weight = campaign.focus === 'closing' ? 2 : 4;
  const probability = campaign.crashes ? 0.25 : 0;
  return [...requests.values()].map(({ id, stage }) => {
    const fault: RequestFault =
      stage === 'arrived'
        ? drawFault(random, ['unknown', 'notCommitted'], probability)
        : drawFault(random, ['lost'], probability);
    return [weight, { name: 'advance', id, fault }];
  });
}

function messages({ campaign, messages: open }: World): Weighted[] {
  const weightOfDrop = campaign.focus === 'sweeping' ? 20 : 0.7;
  return open.flatMap(({ key }): Weighted[] => [
    [3, { name: 'deliver', key }],
    ...(campaign.crashes
      ? ([
          [weightOfDrop, { name: 'drop', key }],
          [0.5, { name: 'duplicate', key }],
        ] satisfies Weighted[])
      : []),
  ]);
}

function crashes({ campaign, mysql, partitioned }: World, { api, id }: Draw): Weighted[] {
  const list: Weighted[] = [];
  if (campaign.crashes && campaign.focus !== 'sweeping') {
    list.push(
      [0.4, { name: 'kill-api', id: api }],
      [0.6, { name: 'kill-consumer', id }],
      [0.4, { name: 'mysql', up: !mysql.up }],
      [0.3, { name: 'partition', on: true }],
      [0.3, { name: 'kill-rebuild', id }],
    );
  }
  if (!mysql.up) list.push([3, { name: 'mysql', up: true }]);
  if (partitioned) list.push([1, { name: 'partition', on: false }]);
  return list;
}

function deadLetters({ campaign, mysql }: World, { random, user }: Draw): Weighted[] {
  const list: Weighted[] = campaign.poison ? [[1, { name: 'poison', user }]] : [];
  for (const key of mysql.deadLetters.keys()) {
    const action: DeadLetterAction = random.pick(['retry', 'discard']);
    list.push([0.5, { name: 'dead-letter', key, action }]);
  }
  return list;
}

function operators({ campaign, operations }: World, { serial }: Draw): Weighted[] {
  if (!campaign.operators) return [];
  const often = campaign.focus === 'reopening' ? 3 : 1;
  const list: Weighted[] = [
    [0.6 * often, { name: 'raise', by: 1 }],
    [1, { name: 'lower', id: `d${serial}`, by: 1 }],
    [0.5, { name: 'adopt', id: `a${serial}` }],
    [0.3 * often, { name: 'pause' }],
    [1, { name: 'resume' }],
    [campaign.focus === 'closing' ? 0.8 : 0.03, { name: 'close' }],
  ];
  for (const id of operations.keys()) {
    list.push([4, { name: 'operation', id }], [0.4, { name: 'kill-operation', id }]);
  }
  return list;
}

function dataLoss({ campaign, redis }: World, { random, id }: Draw): Weighted[] {
  const list: Weighted[] = [];
  if (campaign.dataLoss) {
    const often = campaign.focus === 'rebuild' ? 3 : 1;
    list.push(
      [0.5 * often, { name: 'restart-redis', cut: random.below(6) }],
      [0.3 * often, { name: 'flushall' }],
      [0.3 * often, { name: 'rebuild', id }],
    );
  }
  const isUsable = redis.gate !== null && redis.gate.runId === redis.runId && redis.fence === null;
  if (!isUsable) list.push([2, { name: 'rebuild', id }]);
  return list;
}

// ---- Many runs -----------------------------------------------------------------------------------

export interface Survey {
  readonly broken: number;
  /** Of the broken runs, the one with the shortest schedule. */
  readonly shortest: Run | null;
  readonly seen: Sightings;
}

export interface SurveyRequest {
  readonly runs: number;
  readonly seed: number;
  readonly profile?: Profile;
  readonly off?: GuardsOff;
}

/** Explores `runs` seeds, from `seed` on. */
export function survey({ runs, seed: first, profile, off }: SurveyRequest): Survey {
  let broken = 0;
  let shortest: Run | null = null;
  const seen: Sightings = {};
  for (let seed = first; seed < first + runs; seed += 1) {
    const run = explore(seed, profile, off);
    addSightings(seen, run.seen);
    if (!run.violation) continue;
    broken += 1;
    if (!shortest || run.schedule.length < shortest.schedule.length) shortest = run;
  }
  return { broken, shortest, seen };
}

function addSightings(sum: Sightings, seen: Sightings): void {
  for (const what of Object.keys(seen) as (keyof Sightings)[]) {
    sum[what] = (sum[what] ?? 0) + (seen[what] ?? 0);
  }
}
