import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Claim } from '../../issuance/gate.js';
import { type CouponReply, decodeClaim, encodeClaim, estimateWaitMs, positionOf } from './claim-codec.js';

const ticketOf = (epoch: number, ticket: number): Claim => ({ kind: 'TICKET', epoch, ticket });

describe('a claim in its bucket', () => {
  it.each([
    ['12', ticketOf(3, 12)],
    ['2:12', ticketOf(2, 12)],
    ['V', { kind: 'V1' }],
    ['L', { kind: 'LOST' }],
  ] as [string, Claim][])('is written as %s at a gate of epoch 3', (text, claim) => {
    expect(encodeClaim(claim, 3)).toBe(text);
    expect(decodeClaim(text, 3)).toEqual(claim);
  });

  it('is read as it was written, under the epoch it was written under', () => {
    const natural = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    const claims: fc.Arbitrary<Claim> = fc.oneof(
      fc.record({ kind: fc.constant('TICKET' as const), epoch: natural, ticket: natural }),
      fc.constantFrom<Claim>({ kind: 'V1' }, { kind: 'LOST' }),
    );
    fc.assert(
      fc.property(claims, natural, (claim, epoch) => {
        expect(decodeClaim(encodeClaim(claim, epoch), epoch)).toEqual(claim);
      }),
    );
  });
});

describe('the place of a claim', () => {
  it('counts the tickets before it that are not persisted yet', () => {
    const ofCoupon: CouponReply = ['1', 10, 10, 4];
    expect([1, 4, 5, 6, 10].map((ticket) => positionOf(ticketOf(1, ticket), ofCoupon))).toEqual([
      0, 0, 0, 1, 5,
    ]);
  });

  it('counts what the rebuild found in front of the tickets of the new epoch', () => {
    // 20 were counted as admitted when epoch 2 began, 17 of them persisted; three tickets have been given since.
    const ofCoupon: CouponReply = ['2', 3, 23, 17];
    expect(positionOf(ticketOf(2, 1), ofCoupon)).toBe(3);
    expect(positionOf(ticketOf(2, 3), ofCoupon)).toBe(5);
  });

  it('is behind all that was there before the rebuild for a ticket of an earlier epoch, whatever its number', () => {
    const ofCoupon: CouponReply = ['2', 3, 23, 17];
    expect(positionOf(ticketOf(1, 1), ofCoupon)).toBe(3);
    expect(positionOf(ticketOf(1, 9_999), ofCoupon)).toBe(3);
    expect(positionOf(ticketOf(1, 1), ['2', 3, 23, 20])).toBe(0);
  });

  it('is 0 where no ticket waits', () => {
    expect(positionOf({ kind: 'V1' }, ['1', 10, 10, 0])).toBe(0);
    expect(positionOf({ kind: 'LOST' }, ['1', 10, 10, 0])).toBe(0);
  });

  it('is never negative, whatever was persisted meanwhile', () => {
    expect(positionOf(ticketOf(1, 1), ['1', 10, 5, 100])).toBe(0);
  });
});

describe('the estimated wait', () => {
  const waitOf = (backlog: number, rate: number) => estimateWaitMs(7, [1_000, backlog, rate], null);

  it('is the backlog of the shard divided by its drain rate', () => {
    expect(waitOf(500, 250)).toBe(2_000);
    expect(waitOf(1, 3)).toBe(334);
    expect(waitOf(0, 250)).toBe(0);
    // Nothing was drained yet: a guess, and no division by zero.
    expect(waitOf(500, 0)).toBe(500);
  });

  it('is, with a pace, as many pauses as those ahead need, and one more at the most', () => {
    const pace = { claims: 100, ms: 2_000 };
    const waits = [0, 99, 100, 250].map((ahead) => estimateWaitMs(ahead, [1_000, 500, 250], pace));
    expect(waits).toEqual([2_000, 2_000, 4_000, 6_000]);
  });
});
