import { describe, expect, it } from '@jest/globals';
import { couponId, user } from '../testing/a-coupon.js';
import { decideTakeBacks, type TakenBack } from './decide-take-back.js';
import type { IssuedCoupon, Lifecycle } from './issue.js';

const EXPIRY = 5_000;
const anIssue = (given: Partial<IssuedCoupon> = {}): IssuedCoupon => ({
  status: 'ISSUED',
  couponId: couponId(7),
  userId: user('ann'),
  issueNumber: 3,
  issuedAt: 1_000,
  expiresAt: EXPIRY,
  lifecycle: null,
  claim: null,
  ...given,
});
const decide = (issue: IssuedCoupon | null, owner: string | null, as: TakenBack = 'CANCELLED', now = 2_000) =>
  decideTakeBacks(
    issue ? [issue] : [],
    [{ issueNumber: 3, owner: owner === null ? null : user(owner) }],
    as,
    now,
  )[0];

describe('an issue', () => {
  it.each<TakenBack>(['CANCELLED', 'REVOKED'])(
    'to which nothing has happened is %s, and keeps all else',
    (as) => {
      expect(decide(anIssue(), 'ann', as)).toEqual({
        outcome: 'TAKEN_BACK',
        issue: anIssue({ lifecycle: as }),
      });
    },
  );

  it('of another reads like none', () => {
    const none = decide(null, 'ben');
    expect(none).toEqual({ outcome: 'NOT_FOUND' });
    for (const lifecycle of [null, 'USED', 'CANCELLED'] as const)
      expect(decide(anIssue({ lifecycle }), 'ben')).toEqual(none);
  });

  it('is anybody’s where the caller may act for everybody', () => {
    expect(decide(anIssue(), null)).toMatchObject({ outcome: 'TAKEN_BACK' });
    expect(decide(null, null)).toEqual({ outcome: 'NOT_FOUND' });
  });

  it.each<[Lifecycle, TakenBack, string]>([
    ['CANCELLED', 'CANCELLED', 'REPEATED'],
    ['REVOKED', 'REVOKED', 'REPEATED'],
    ['REVOKED', 'CANCELLED', 'TOO_LATE'],
    ['CANCELLED', 'REVOKED', 'TOO_LATE'],
    ['USED', 'CANCELLED', 'TOO_LATE'],
    ['EXPIRED', 'REVOKED', 'TOO_LATE'],
  ])('that is %s, to be %s: %s', (lifecycle, as, outcome) => {
    const decision = decide(anIssue({ lifecycle }), 'ann', as);
    expect(decision).toMatchObject(
      outcome === 'REPEATED' ? { outcome, issue: { lifecycle } } : { outcome, lifecycle },
    );
  });

  it('can be taken back until the moment of its expiry, and a repeat also afterwards', () => {
    expect(decide(anIssue(), 'ann', 'CANCELLED', EXPIRY - 1)).toMatchObject({ outcome: 'TAKEN_BACK' });
    expect(decide(anIssue(), 'ann', 'CANCELLED', EXPIRY)).toEqual({
      outcome: 'TOO_LATE',
      lifecycle: 'EXPIRED',
    });
    expect(decide(anIssue({ lifecycle: 'CANCELLED' }), 'ann', 'CANCELLED', EXPIRY)).toMatchObject({
      outcome: 'REPEATED',
    });
  });

  it('that several name at once is taken back by the first of them who may', () => {
    const members = ['ben', 'ann', 'ann'].map((owner) => ({ issueNumber: 3, owner: user(owner) }));
    const others = [{ issueNumber: 4, owner: null }];
    const issues = [anIssue(), anIssue({ issueNumber: 4, userId: user('cat') })];
    expect(decideTakeBacks(issues, [...members, ...others], 'CANCELLED', 2_000)).toMatchObject([
      { outcome: 'NOT_FOUND' },
      { outcome: 'TAKEN_BACK', issue: { issueNumber: 3, lifecycle: 'CANCELLED' } },
      { outcome: 'REPEATED', issue: { issueNumber: 3, lifecycle: 'CANCELLED' } },
      { outcome: 'TAKEN_BACK', issue: { issueNumber: 4 } },
    ]);
  });
});
