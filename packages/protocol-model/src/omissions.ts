// Keeps out of a schedule what its campaign does without.
import type { Campaign, Omission } from './campaign.js';
import { isInitialised } from './gate.js';
import type { Step, StepName } from './steps.js';
import type { World } from './world.js';

/** A step is drawn only where the campaign has all of these; steps that are not named here always. */
const KINDS: { readonly [name in StepName]?: readonly Omission[] } = {
  probe: ['LEASES'],
  me: ['LOOK_UPS'],
  cancel: ['CANCELLATIONS'],
  raise: ['RAISES'],
  lower: ['DECREASES'],
  adopt: ['DECREASES'],
  operation: ['DECREASES'],
  'kill-operation': ['DECREASES', 'KILLS'],
  pause: ['PAUSES'],
  close: ['CLOSING'],
  shrink: ['SHRINKING'],
  reconcile: ['RECONCILIATION'],
  'restart-redis': ['RESTARTS'],
  flushall: ['FLUSHES'],
  'kill-api': ['KILLS'],
  'kill-consumer': ['KILLS'],
  'kill-relay': ['KILLS'],
  'kill-rebuild': ['KILLS'],
  drop: ['MESSAGE_LOSS'],
  duplicate: ['MESSAGE_REPEATS'],
  mysql: ['MYSQL_OUTAGES'],
  partition: ['PARTITIONS'],
};

const FAULTS = {
  lost: 'LOST_REPLIES',
  late: 'LOST_REPLIES',
  unknown: 'UNKNOWN_COMMITS',
  notCommitted: 'FAILED_COMMITS',
} as const satisfies Record<string, Omission>;

/** The step as it may be performed, possibly without its fault, or null. */
export function permit(world: World, step: Step): Step | null {
  const { without } = world.campaign;
  if (without.length === 0) return step;
  if (KINDS[step.name]?.some((kind) => without.includes(kind))) return null;
  const spare = step.name === 'rebuild' && isInitialised(world);
  if (spare && without.includes('SPARE_REBUILDS')) return null;
  return soften(world.campaign, step);
}

function soften({ without }: Campaign, step: Step): Step {
  if (step.name === 'restart-redis' && without.includes('CUT_TAILS')) return { ...step, cut: 0 };
  if (!('fault' in step) || step.fault === 'ok') return step;
  return without.includes(FAULTS[step.fault]) ? { ...step, fault: 'ok' } : step;
}
