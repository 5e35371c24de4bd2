import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aCoupon, user } from '../testing/a-coupon.js';
import { claimantOf } from './claimant.js';
import { type Coupon, live } from './coupon.js';
import { type AcceptedClaim, decideDiscard, decideSettlement } from './decide-settlement.js';
import type { Claimant } from './ids.js';
import type { Issue } from './issue.js';

const claim = (name: string, ticket: number | null, epoch = 1): AcceptedClaim => ({
  userId: user(name),
  epoch,
  ticket,
  acceptedAt: 5_000 + (ticket ?? 0),
});
const none = new Map<Claimant, Issue>();

function row(name: string, origin: { epoch: number; ticket: number } | null): Issue {
  return {
    status: 'ISSUED',
    couponId: aCoupon().id,
    userId: user(name),
    issueNumber: 1,
    issuedAt: 1,
    expiresAt: null,
    lifecycle: null,
    claim: origin,
  };
}

describe('settling claims of people who may have several', () => {
  const coupon = aCoupon({ perUserLimit: 2, totalQuantity: 3 });
  const inShort = ({ issued, rejected, voided }: ReturnType<typeof decideSettlement>) => ({
    issued: issued.map((made) => `${claimantOf(made)} ${made.keyed?.ordinal}`),
    rejected: rejected.map((made) => `${claimantOf(made)} ${made.keyed?.ordinal} ${made.reason}`),
    voided: voided.map(({ userId, ticket }) => `${userId} ${ticket}`),
  });

  it('issues one a key, and rejects what V1 left no room for (I2)', () => {
    const byV1: Issue = { ...row('a', null), keyed: { key: 'v1', ordinal: 1 } };
    const claims = [claim('a#v1', 1), claim('a#k', 2), claim('a#l', 3), claim('b#k', 4), claim('b#l', 5)];
    expect(inShort(decideSettlement(coupon, claims, new Map([[claimantOf(byV1), byV1]])))).toEqual({
      issued: ['a#k 2', 'b#k 1', 'b#l 2'],
      rejected: ['a#l 3 ALREADY_ISSUED'],
      voided: ['a#v1 1'],
    });
  });

  it('records a loss beyond the limit as well', () => {
    const claims = [claim('a#k', 1), claim('a#l', 2), claim('a#m', null)];
    expect(inShort(decideSettlement(coupon, claims, none))).toMatchObject({
      issued: ['a#k 1', 'a#l 2'],
      rejected: ['a#m 3 LOST_IN_INCIDENT'],
    });
  });

  it('gives up one claim of a person who has another', () => {
    const other: Issue = { ...row('a', null), keyed: { key: 'k', ordinal: 1 } };
    expect(
      inShort(decideDiscard(coupon, claim('a#l', 2), new Map([[claimantOf(other), other]]))),
    ).toMatchObject({
      rejected: ['a#l 2 DISCARDED'],
    });
  });
});

describe('settling claims of one coupon', () => {
  it('issues in the order of the queue, at the time of the gate', () => {
    const coupon = aCoupon({ issuedQuantity: 3, validForDays: 1 });
    const { issued, rejected, voided } = decideSettlement(coupon, [claim('b', 4), claim('a', 5)], none);
    expect(issued.map(({ userId, issueNumber, issuedAt }) => [userId, issueNumber, issuedAt])).toEqual([
      ['b', 4, 5_004],
      ['a', 5, 5_005],
    ]);
    expect(issued[0]).toMatchObject({ claim: { epoch: 1, ticket: 4 }, expiresAt: 86_405_004 });
    expect([...rejected, ...voided]).toEqual([]);
  });

  it('rejects the surplus at once, with the ticket that it came from', () => {
    const coupon = aCoupon({ totalQuantity: 1 });
    const { issued, rejected } = decideSettlement(coupon, [claim('a', 1), claim('b', 2)], none);
    expect(issued.map((issue) => issue.userId)).toEqual(['a']);
    expect(rejected).toEqual([
      {
        status: 'REJECTED',
        couponId: coupon.id,
        userId: 'b',
        reason: 'SOLD_OUT',
        claim: { epoch: 1, ticket: 2 },
      },
    ]);
  });

  it('judges neither window nor state again: the gate has decided them', () => {
    const coupon = aCoupon({ state: 'CLOSED', issueStartsAt: 1, issueEndsAt: 2 });
    expect(decideSettlement(coupon, [claim('a', 1)], none).issued).toHaveLength(1);
  });

  it('records a lost receipt as a rejection without a ticket, even where units are left', () => {
    const { issued, rejected, voided } = decideSettlement(aCoupon(), [claim('a', null)], none);
    expect(rejected).toMatchObject([{ userId: 'a', reason: 'LOST_IN_INCIDENT', claim: null }]);
    expect([...issued, ...voided]).toEqual([]);
  });

  it('reads the same entry again without any effect', () => {
    const rows = new Map([[user('a'), row('a', { epoch: 1, ticket: 1 })]]);
    expect(decideSettlement(aCoupon(), [claim('a', 1), claim('a', 1)], rows)).toEqual({
      issued: [],
      rejected: [],
      voided: [],
    });
  });

  it.each([
    ['a row of the V1 door', null],
    ['a row made from another ticket', { epoch: 1, ticket: 9 }],
    ['a row made from the same number of an earlier epoch', { epoch: 0, ticket: 1 }],
  ])('voids a ticket whose user has %s', (_what, origin) => {
    const rows = new Map([[user('a'), row('a', origin)]]);
    const { issued, rejected, voided } = decideSettlement(aCoupon(), [claim('a', 1)], rows);
    expect(voided).toEqual([{ userId: 'a', epoch: 1, ticket: 1 }]);
    expect([...issued, ...rejected]).toEqual([]);
  });

  it('voids the second ticket of a user within one batch, and only that one', () => {
    const { issued, voided } = decideSettlement(aCoupon(), [claim('a', 1, 1), claim('a', 1, 2)], none);
    expect(issued).toMatchObject([{ claim: { epoch: 1, ticket: 1 } }]);
    expect(voided).toEqual([{ userId: 'a', epoch: 2, ticket: 1 }]);
  });

  it('voids nothing for a loss of somebody who has a row already', () => {
    const rows = new Map([[user('a'), row('a', { epoch: 1, ticket: 1 })]]);
    expect(decideSettlement(aCoupon(), [claim('a', null, 2)], rows).voided).toEqual([]);
  });
});

describe('any batch of the queue', () => {
  const batches = fc.record({
    total: fc.option(fc.nat(10), { nil: null }),
    issued: fc.nat(10),
    claims: fc.array(
      fc.record({
        name: fc.integer({ min: 0, max: 7 }),
        epoch: fc.integer({ min: 1, max: 2 }),
        ticket: fc.option(fc.integer({ min: 1, max: 12 }), { nil: null, freq: 6 }),
      }),
      { maxLength: 25 },
    ),
    existing: fc.uniqueArray(fc.integer({ min: 0, max: 7 })),
  });

  it('I1 I2 I3 I11: gives every user one final row, never more than is left, and no gap in the numbers', () => {
    fc.assert(
      fc.property(batches, ({ total, issued: before, claims: drawn, existing }) => {
        const coupon: Coupon = aCoupon({ totalQuantity: total, issuedQuantity: before });
        const rows = new Map<Claimant, Issue>(existing.map((n) => [user(n), row(`${n}`, null)]));
        const claims = drawn.map(({ name, epoch, ticket }) => claim(`${name}`, ticket, epoch));
        const { issued, rejected, voided } = decideSettlement(coupon, claims, rows);
        const left = total === null ? Number.POSITIVE_INFINITY : Math.max(0, total - live(coupon));

        expect(issued.length).toBeLessThanOrEqual(left);
        expect(issued.map((issue) => issue.issueNumber)).toEqual(issued.map((_, i) => before + i + 1));
        const made = [...issued, ...rejected].map(({ userId }) => userId);
        const expected = new Set(claims.map(({ userId }) => userId).filter((id) => !rows.has(id)));
        expect(made).toHaveLength(expected.size);
        expect(new Set(made)).toEqual(expected);
        if (rejected.some(({ reason }) => reason === 'SOLD_OUT')) expect(issued).toHaveLength(left);
        accountForEveryTicket(claims, rows, [...issued, ...rejected], voided);
      }),
    );
  });
});

/** A ticket became a row, or is voided; it is never both, and never silently gone. */
function accountForEveryTicket(
  claims: readonly AcceptedClaim[],
  rows: ReadonlyMap<Claimant, Issue>,
  made: readonly Issue[],
  voided: readonly { userId: Claimant; epoch: number; ticket: number }[],
): void {
  const nameOf = (of: { userId: Claimant; epoch: number; ticket: number | null }) =>
    `${of.userId}/${of.epoch}/${of.ticket}`;
  const inRows = new Set(
    [...rows.values(), ...made].flatMap(({ userId, claim: origin }) =>
      origin ? [nameOf({ userId, ...origin })] : [],
    ),
  );
  const inVoids = new Set(voided.map(nameOf));
  for (const accepted of claims) {
    if (accepted.ticket === null) continue;
    expect(inRows.has(nameOf(accepted)) !== inVoids.has(nameOf(accepted))).toBe(true);
  }
}
