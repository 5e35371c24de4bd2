export { AUDIT_ACTIONS, type AuditEntry, type Operator } from './campaign/audit-log.js';
export { CreateCoupon, MoveCoupon, type MoveOutcome, RebuildCouponGate } from './campaign/commands.js';
export { ListAudit } from './campaign/list-audit.js';
export type { ReadFrom } from './catalog/coupon-reading.js';
export { GetCoupon, ListCoupons } from './catalog/queries.js';
export { type CoreConfig, coreConfig, coreEnvironment, parseEnvironment } from './config.js';
export {
  type Coupon,
  type CouponDefinition,
  type CouponState,
  live,
  type PublishedState,
  remaining,
} from './coupon/coupon.js';
export { type CouponId, parseCouponId, parseUserId, type UserId } from './coupon/ids.js';
export type { IssuedCoupon } from './coupon/issue.js';
export { REFUSAL_CODES, type RefusalCode } from './coupon/refusal.js';
export { type CoreHealth, CouponCore, IssuanceWorker } from './coupon-core.js';
export { CouponCoreModule } from './coupon-core.module.js';
export type { ClaimView, IssueAnswer, RequestAnswer, StatusAnswer } from './issuance/claim-view.js';
export { GateUnreachable } from './issuance/gate.js';
export { StoreUnavailable } from './issuance/issue-store.js';
export type { RebuildOutcome } from './issuance/rebuild-gate.js';
