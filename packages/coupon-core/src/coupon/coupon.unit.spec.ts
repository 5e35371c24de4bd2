import { describe, expect, it } from '@jest/globals';
import { aCoupon } from '../testing/a-coupon.js';
import { capacity, expiryOf, gateView, live, remaining, UNLIMITED_CAPACITY } from './coupon.js';

describe('units of a coupon', () => {
  it('are live until they are given back', () => {
    expect(live({ issuedQuantity: 7, issuedByV1: 2, givenBack: 3, returned: 0 })).toBe(4);
  });

  it('remain until total − live is used up', () => {
    expect(remaining(aCoupon({ totalQuantity: 10, issuedQuantity: 7, givenBack: 1 }))).toBe(4);
    expect(remaining(aCoupon({ totalQuantity: 10, issuedQuantity: 10 }))).toBe(0);
  });

  it('never remain below zero, and have no number where there is no limit', () => {
    expect(remaining(aCoupon({ totalQuantity: 3, issuedQuantity: 4 }))).toBe(0);
    expect(remaining(aCoupon({ totalQuantity: null, issuedQuantity: 4 }))).toBeNull();
  });
});

describe('the capacity of the gate', () => {
  it('is total + returned − issued at the V1 door', () => {
    expect(capacity(aCoupon({ totalQuantity: 100, returned: 7, issuedByV1: 30, issuedQuantity: 80 }))).toBe(
      77,
    );
  });

  it('has no bound without a total, whatever was issued', () => {
    expect(capacity(aCoupon({ totalQuantity: null, returned: 7, issuedByV1: 30 }))).toBe(UNLIMITED_CAPACITY);
  });

  it('is what the gate is told, with the version of the gate and not of the row', () => {
    const coupon = aCoupon({
      totalQuantity: 5,
      returned: 1,
      version: 40,
      gateVersion: 9,
      state: 'PAUSED',
      shard: 3,
    });
    expect(gateView(coupon)).toEqual({
      couponId: coupon.id,
      shard: 3,
      decrease: null,
      version: 9,
      state: 'PAUSED',
      issueStartsAt: coupon.issueStartsAt,
      issueEndsAt: coupon.issueEndsAt,
      capacity: 6,
    });
  });
});

describe('the expiry of an issue', () => {
  const issuedAt = Date.UTC(2027, 1, 28, 12);

  it('is the fixed date where there is one', () => {
    expect(expiryOf(aCoupon({ expiresAt: 123, validForDays: 30 }), issuedAt)).toBe(123);
  });

  it('is so many days of 24 hours after the issue otherwise', () => {
    expect(expiryOf(aCoupon({ validForDays: 2 }), issuedAt)).toBe(Date.UTC(2027, 2, 2, 12));
  });

  it('is never where neither is given', () => {
    expect(expiryOf(aCoupon(), issuedAt)).toBeNull();
  });
});
