export { AUDIT_ACTIONS, type AuditEntry, type Operator } from './campaign/audit-log.js';
export {
  ChangeQuantity,
  CreateCoupon,
  type CreateOutcome,
  EditCoupon,
  type EditOutcome,
  MoveCoupon,
  type MoveOutcome,
  type QuantityOutcome,
  RebuildCouponGate,
  ReconcileCouponGate,
} from './campaign/commands.js';
export { ListAudit } from './campaign/list-audit.js';
export type { ReadFrom } from './catalog/coupon-reading.js';
export { GetCoupon, ListCoupons } from './catalog/queries.js';
export {
  CORE_RULES,
  type CoreConfig,
  coreConfig,
  coreEnvironment,
  parseEnvironment,
  type SettingsRule,
  withRules,
} from './config.js';
export { COUPON_EVENTS, type CouponEvent, couponEvents } from './contracts/coupon-events.js';
export { parseIdempotencyKey, personOf, withKey } from './coupon/claimant.js';
export {
  type Admission,
  type Coupon,
  type CouponDefinition,
  type CouponState,
  live,
  type PublishedState,
  remaining,
} from './coupon/coupon.js';
export { type CouponEdits, faultsOf } from './coupon/decide-edit.js';
export type { TakeBackDecision } from './coupon/decide-take-back.js';
export {
  type Claimant,
  type CouponId,
  parseCouponId,
  parseIssueNumber,
  parseUserId,
  type UserId,
} from './coupon/ids.js';
export type { IssuedCoupon, Lifecycle } from './coupon/issue.js';
export { REFUSAL_CODES, type RefusalCode, type RejectionReason } from './coupon/refusal.js';
export { type ApiHealth, CouponCore, IssuanceWorker, type WorkerHealth } from './coupon-core.js';
export { CouponCoreModule } from './coupon-core.module.js';
export {
  DiscardDeadLetter,
  GetDeadLetter,
  ListDeadLetters,
  RetryDeadLetter,
} from './dead-letters/commands.js';
export { DEAD_LETTER_STATES, type DeadLetter } from './dead-letters/dead-letter.js';
export type { DeadLetterList, DiscardOutcome, RetryOutcome } from './dead-letters/dead-letter-store.js';
export type {
  ClaimView,
  IssueAnswer,
  RequestAnswer,
  StatusAnswer,
  Unavailable,
} from './issuance/claim-view.js';
export { GateUnreachable } from './issuance/gate.js';
export { StoreUnavailable } from './issuance/issue-store.js';
export type { RebuildOutcome } from './issuance/rebuild-gate.js';
export type { Reconciled, ReconcileOutcome } from './issuance/reconcile-gate.js';
export { ServerAway } from './issuance/server-away.js';
export { TakeBackIssue } from './lifecycle/commands.js';
export { processLog } from './logging/process-log.js';
export { Repeats } from './logging/repeats.js';
export { secretsIn } from './logging/secrets-in.js';
export { terminal } from './logging/terminal.js';
export { ApiMetrics, ConsumerMetrics, CoreMetrics } from './metrics/core-metrics.js';
export { tableOf, typesOf, withMetricsTable } from './metrics/metrics-table.js';
export {
  type Count,
  Distribution,
  PlainCounter,
  registerMetrics,
  SECONDS,
  type Tally,
} from './metrics/plain-metrics.js';
export { readGauges } from './metrics/read-gauges.js';
export { bootFailure } from './process/boot-failure.js';
export { NestLogger } from './process/nest-logger.js';
export { logWarnings } from './process/runtime-warnings.js';
export { exitOnUncaught, shutDownOnSignal } from './process/shutdown.js';
export { Startup, type StartupReport } from './process/startup.js';
export { beginRequestSpan } from './tracing/request-span.js';
export type { Span, Work } from './tracing/span.js';
export { startTracing, type Tracing, type TracingConfig } from './tracing/start-tracing.js';
export { parseTraceparent, type Traceparent } from './tracing/traceparent.js';
