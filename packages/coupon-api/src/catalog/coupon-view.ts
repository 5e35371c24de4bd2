import { type Coupon, type CouponDefinition, type CouponState, remaining } from 'coupon-core';

/** A coupon as everybody may see it. Money in minor units of `currency`; times RFC 3339, UTC, milliseconds. */
export interface CouponView {
  id: number;
  title: string;
  type: Coupon['type'];
  state: CouponState;
  issueMode: Coupon['issueMode'];
  /** null: unlimited. */
  totalQuantity: number | null;
  issuedQuantity: number;
  remaining: number | null;
  discount: CouponDefinition['discount'];
  currency: string;
  minOrderAmount: number;
  issueStartsAt: string;
  issueEndsAt: string;
  validForDays: number | null;
  expiresAt: string | null;
  perUserLimit: number;
  metadata: Record<string, unknown> | null;
  /** When this was true. */
  asOf: string;
}

/** What only operators see besides. */
export interface OperatorCouponView extends CouponView {
  returnCancelledUnits: boolean;
  version: number;
  gateVersion: number;
  epoch: number;
  issuedByV1: number;
  givenBack: number;
  returned: number;
}

export function couponView(coupon: Coupon, asOf: number): CouponView {
  return {
    id: coupon.id,
    title: coupon.title,
    type: coupon.type,
    state: coupon.state,
    issueMode: coupon.issueMode,
    totalQuantity: coupon.totalQuantity,
    issuedQuantity: coupon.issuedQuantity,
    remaining: remaining(coupon),
    discount: coupon.discount,
    currency: coupon.currency,
    minOrderAmount: coupon.minOrderAmount,
    issueStartsAt: rfc3339(coupon.issueStartsAt),
    issueEndsAt: rfc3339(coupon.issueEndsAt),
    validForDays: coupon.validForDays,
    expiresAt: coupon.expiresAt === null ? null : rfc3339(coupon.expiresAt),
    perUserLimit: coupon.perUserLimit,
    metadata: coupon.metadata,
    asOf: rfc3339(asOf),
  };
}

export function operatorCouponView(coupon: Coupon, asOf: number): OperatorCouponView {
  const { returnCancelledUnits, version, gateVersion, epoch, issuedByV1, givenBack, returned } = coupon;
  return {
    ...couponView(coupon, asOf),
    returnCancelledUnits,
    version,
    gateVersion,
    epoch,
    issuedByV1,
    givenBack,
    returned,
  };
}

const rfc3339 = (ms: number): string => new Date(ms).toISOString();
