import { describe, expect, it } from '@jest/globals';
import { type Mode, NO_DELAYS, type Omission, type Profile } from './campaign.js';
import { drawCampaign, explore, survey } from './explore.js';
import { createRandom } from './random.js';
import { describeViolation } from './shorten.js';
import type { StepName } from './steps.js';

const RUNS = 300;

function expectClean(profile: Profile): void {
  const { broken, shortest } = survey({ runs: RUNS, seed: 1, profile });
  expect(shortest ? describeViolation(shortest) : 'clean').toBe('clean');
  expect(broken).toBe(0);
}

const STEPS_OF: readonly (readonly [Omission, readonly StepName[]])[] = [
  ['LEASES', ['probe']],
  ['LOOK_UPS', ['me']],
  ['CANCELLATIONS', ['cancel']],
  ['RAISES', ['raise']],
  ['DECREASES', ['lower', 'adopt', 'operation', 'kill-operation']],
  ['PAUSES', ['pause', 'resume']],
  ['CLOSING', ['close', 'shrink']],
  ['SHRINKING', ['shrink']],
  ['RECONCILIATION', ['reconcile']],
  ['RESTARTS', ['restart-redis']],
  ['FLUSHES', ['flushall']],
  ['KILLS', ['kill-api', 'kill-consumer', 'kill-rebuild', 'kill-operation']],
  ['MESSAGE_LOSS', ['drop']],
  ['MESSAGE_REPEATS', ['duplicate']],
  ['MYSQL_OUTAGES', ['mysql']],
  ['PARTITIONS', ['partition']],
];

const stepsOf = (profile: Profile, seeds: number) =>
  Array.from({ length: seeds }, (_, i) => explore(i + 1, profile)).flatMap(({ schedule, ending }) => [
    ...schedule,
    ...ending,
  ]);

describe('a profile', () => {
  it('fixes what it names and leaves the rest to the seed', () => {
    const drawn = drawCampaign(createRandom(7), {});
    const fixed = drawCampaign(createRandom(7), { total: 99, times: NO_DELAYS });
    expect(fixed).toEqual({ ...drawn, total: 99, times: NO_DELAYS });
  });

  it.each(STEPS_OF)('without %s has no such steps', (omission, names) => {
    const steps = stepsOf({ without: [omission] }, 30);
    expect(steps.filter(({ name }) => names.includes(name))).toEqual([]);
  });

  it('that omits nothing has all of these steps', () => {
    const present = new Set(stepsOf({}, 200).map(({ name }) => name));
    expect(STEPS_OF.flatMap(([, names]) => names).filter((name) => !present.has(name))).toEqual([]);
  });

  it('without faults lets every call succeed, and restarts keep everything', () => {
    const without: Omission[] = ['LOST_REPLIES', 'UNKNOWN_COMMITS', 'FAILED_COMMITS', 'CUT_TAILS'];
    const steps = stepsOf({ without }, 50);
    const faults = new Set(steps.map((step) => ('fault' in step ? step.fault : 'ok')));
    const cuts = new Set(steps.map((step) => ('cut' in step ? step.cut : 0)));
    expect([...faults]).toEqual(['ok']);
    expect([...cuts]).toEqual([0]);
  });

  it('without poison has no dead letters', () => {
    const names = new Set(stepsOf({ poison: false }, 50).map(({ name }) => name));
    expect(names.has('poison') || names.has('dead-letter')).toBe(false);
  });

  it('without spare rebuilds rebuilds only what was lost', () => {
    const profile: Profile = {
      dataLoss: true,
      without: ['SPARE_REBUILDS', 'RESTARTS', 'FLUSHES'],
      lossFirst: false,
    };
    expect(stepsOf(profile, 60).filter(({ name }) => name === 'rebuild')).toEqual([]);
  });

  it.each<Mode>(['ASYNC', 'BOTH'])('%s without delays or leases is clean', (mode) => {
    expectClean({ mode, times: NO_DELAYS, without: ['LEASES'] });
  });

  it.each<Mode>(['ASYNC', 'BOTH'])('%s as it is compared with real servers is clean', (mode) => {
    const without: Omission[] = [
      'LEASES',
      'DECREASES',
      'CANCELLATIONS',
      'SHRINKING',
      'RECONCILIATION',
      'CUT_TAILS',
    ];
    const profile = { mode, without, times: NO_DELAYS, timely: false, endsAt: Number.POSITIVE_INFINITY };
    expectClean(profile);
  });
});
