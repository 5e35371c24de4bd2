import { describe, expect, it } from '@jest/globals';
import { type Coupon, capacity, UNLIMITED_CAPACITY } from '../coupon/coupon.js';
import type { AcceptedClaim } from '../coupon/decide-settlement.js';
import { aCoupon, user } from '../testing/a-coupon.js';
import { buildGate } from './build-gate.js';
import type { Claim, Survivors } from './gate.js';
import type { RebuildRows } from './issue-store.js';

const EPOCH = 5;
const ticket = (of: number, epoch = 4): Claim => ({ kind: 'TICKET', epoch, ticket: of });
const held = (name: string, claim: Claim): Survivors['claims'][number] => ({ userId: user(name), claim });
const waiting = (name: string, of: number | null, epoch = 4): AcceptedClaim => ({
  userId: user(name),
  epoch,
  ticket: of,
  acceptedAt: 1,
});
const settled = (name: string, of: number, epoch = 4): RebuildRows['issues'][number] => ({
  userId: user(name),
  claim: { epoch, ticket: of },
  rejectedAsLost: false,
});

function build(coupon: Partial<Coupon>, rows: Partial<RebuildRows> = {}, survivors: Partial<Survivors> = {}) {
  const all = { coupon: aCoupon(coupon), issues: [], voids: [], deadLetters: [], ...rows };
  const built = buildGate(all, EPOCH, { claims: [], queued: [], ...survivors }, 5_000);
  return { ...built, claims: Object.fromEntries(built.claims) };
}

describe('a gate built from rows and survivors', () => {
  it('is empty for a new coupon', () => {
    const coupon = aCoupon({ totalQuantity: 10 });
    expect(build(coupon)).toMatchObject({
      epoch: EPOCH,
      admitted: 0,
      unsettled: 0,
      claims: {},
      settlementMs: 5_000,
      view: { capacity: 10, state: 'OPEN', version: coupon.gateVersion },
    });
  });

  it('keeps the epoch and ticket of every claim: its receipt and its row name them', () => {
    const { claims } = build(
      { issuedQuantity: 1 },
      { issues: [settled('row', 1, 2)], deadLetters: [waiting('dead', 2, 3)] },
      { claims: [held('bucket', ticket(3, 4))], queued: [waiting('queue', 4, 1)] },
    );
    expect(claims).toEqual({
      row: ticket(1, 2),
      dead: ticket(2, 3),
      bucket: ticket(3, 4),
      queue: ticket(4, 1),
    });
  });

  it('knows who was issued at the V1 door, and whose loss was recorded', () => {
    const { claims, unsettled } = build(
      { issuedQuantity: 1, issuedByV1: 1 },
      {
        issues: [
          { userId: user('v1'), claim: null, rejectedAsLost: false },
          { userId: user('lost'), claim: null, rejectedAsLost: true },
        ],
      },
      { queued: [waiting('lost too', null)] },
    );
    expect(claims).toEqual({ v1: { kind: 'V1' }, lost: { kind: 'LOST' }, 'lost too': { kind: 'LOST' } });
    expect(unsettled).toBe(0);
  });

  it('counts as admitted capacity − (total − live − unsettled), not the claims loaded', () => {
    const coupon = aCoupon({
      totalQuantity: 10,
      issuedQuantity: 6,
      issuedByV1: 2,
      givenBack: 1,
      returned: 3,
    });
    const survivors = { claims: [held('a', ticket(8)), held('b', ticket(9))] };
    const { admitted, unsettled } = build(coupon, { issues: [settled('c', 1)] }, survivors);
    expect(unsettled).toBe(2);
    expect(admitted).toBe(capacity(coupon) - (10 - 5 - 2));
    // What the gate may still give is exactly what neither the rows nor a claim in flight has taken.
    expect(capacity(coupon) - admitted).toBe(10 - 5 - 2);
  });

  it('shuts out newcomers where the survivors exceed what is left, and never offers less than nothing by wrap', () => {
    const survivors = { claims: ['a', 'b', 'c'].map((name, i) => held(name, ticket(i + 1))) };
    const { admitted, view } = build({ totalQuantity: 2 }, {}, survivors);
    expect(admitted).toBe(3);
    expect(view.capacity).toBe(2);
  });

  it('counts one ticket once, whether it stands in a bucket, in the queue, among the dead letters, or in all', () => {
    const { unsettled } = build(
      {},
      { deadLetters: [waiting('a', 1)] },
      { claims: [held('a', ticket(1))], queued: [waiting('a', 1), waiting('a', 1)] },
    );
    expect(unsettled).toBe(1);
  });

  it('counts dead letters as unsettled: an operator may still issue them', () => {
    expect(build({ totalQuantity: 10 }, { deadLetters: [waiting('a', 1)] })).toMatchObject({
      unsettled: 1,
      admitted: 1,
    });
  });

  it('counts neither tickets that have a row nor tickets that were voided', () => {
    const { unsettled, claims } = build(
      { issuedQuantity: 1 },
      { issues: [settled('a', 1)], voids: [{ userId: user('b'), epoch: 4, ticket: 2 }] },
      { claims: [held('a', ticket(1)), held('b', ticket(2))], queued: [waiting('b', 2)] },
    );
    expect(unsettled).toBe(0);
    // The claim itself stays known, so that its holder is not admitted a second time.
    expect(claims.b).toEqual(ticket(2));
  });

  it('takes the row before a survivor, whose own ticket still waits to be voided', () => {
    const { claims, unsettled } = build(
      { issuedQuantity: 1, issuedByV1: 1 },
      { issues: [{ userId: user('a'), claim: null, rejectedAsLost: false }] },
      { claims: [held('a', ticket(1))], queued: [waiting('a', 1)] },
    );
    expect(claims).toEqual({ a: { kind: 'V1' } });
    expect(unsettled).toBe(1);
  });

  it('tells tickets of different epochs apart, and tickets of different users', () => {
    const { unsettled } = build(
      {},
      { issues: [settled('a', 1, 3)] },
      { queued: [waiting('a', 1, 4), waiting('b', 1, 4), waiting('b', 1, 3)] },
    );
    expect(unsettled).toBe(3);
  });

  it('counts live and unsettled where there is no limit', () => {
    const coupon = { totalQuantity: null, issuedQuantity: 6, givenBack: 1 };
    expect(build(coupon, {}, { queued: [waiting('a', 1)] })).toMatchObject({
      admitted: 6,
      view: { capacity: UNLIMITED_CAPACITY },
    });
  });
});
