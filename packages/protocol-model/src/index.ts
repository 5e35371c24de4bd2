export {
  type Campaign,
  DEFAULT_TIMES,
  type Focus,
  type Mode,
  NO_DELAYS,
  type Omission,
  type Profile,
  type Times,
} from './campaign.js';
export { explore, type Run, type Survey, type SurveyRequest, survey } from './explore.js';
export { finish } from './finish.js';
export { type ClaimRequest, initialisedGate, isInitialised } from './gate.js';
export { GUARDS, type Guard, type GuardsOff } from './guards.js';
export * from './ids.js';
export type * from './processes.js';
export type * from './records.js';
export type * from './replies.js';
export {
  attemptsToShorten,
  describeViolation,
  type Performed,
  type Replay,
  replay,
  shorten,
} from './shorten.js';
export {
  observe,
  perform,
  type Schedule,
  type Step,
  type StepName,
  type StepOutcome,
  stepText,
} from './steps.js';
export {
  createWorld,
  freeUnits,
  gateView,
  holdsClaim,
  type Invariant,
  isSettled,
  issueOf,
  live,
  type Observed,
  SIGHTINGS,
  type Sighting,
  type Sightings,
  ticketKey,
  type Violation,
  type World,
} from './world.js';
