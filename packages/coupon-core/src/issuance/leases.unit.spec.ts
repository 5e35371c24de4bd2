import { describe, expect, it } from '@jest/globals';
import { couponId, user } from '../testing/a-coupon.js';
import type { LeaseOffer } from './gate.js';
import { LEASE_MS, Leases, REOPEN_DELAY_MS } from './leases.js';

const WINDOW_MS = 3_600_000;
const at = (id: number, shard = 0) => ({ couponId: couponId(id), shard });
const winner = user('winner');
const newcomer = user('newcomer');

const offer = (given: Partial<LeaseOffer> = {}): LeaseOffer => ({
  mark: 'one',
  windowMs: WINDOW_MS,
  claims: { mayHold: (userId) => userId === winner, bytes: 1_024 },
  ...given,
});

describe('a lease (I5, I6)', () => {
  it('is over before a gate that has units again gives the first of them away', () => {
    expect(LEASE_MS).toBeLessThan(REOPEN_DELAY_MS);
  });

  it('refuses newcomers, and nobody who may hold a claim', () => {
    const leases = new Leases();
    leases.take(at(1), offer(), 1_000);
    expect(leases.refuses(couponId(1), newcomer, 1_001)).toBe(true);
    expect(leases.refuses(couponId(1), winner, 1_001)).toBe(false);
    expect(leases.refuses(couponId(2), newcomer, 1_001)).toBe(false);
  });

  it('lives from the sending of the call that confirmed it', () => {
    const leases = new Leases();
    leases.take(at(1), offer(), 1_000);
    expect(leases.refuses(couponId(1), newcomer, 1_000 + LEASE_MS - 1)).toBe(true);
    expect(leases.refuses(couponId(1), newcomer, 1_000 + LEASE_MS)).toBe(false);
  });

  it('ends with the issue window', () => {
    const leases = new Leases();
    leases.take(at(1), offer({ windowMs: 100 }), 1_000);
    expect(leases.refuses(couponId(1), newcomer, 1_099)).toBe(true);
    leases.renew(0, 'one', 1_099);
    expect(leases.refuses(couponId(1), newcomer, 1_100)).toBe(false);
  });

  it('goes on, with all others of its shard, while the mark is the same', () => {
    const leases = new Leases();
    leases.take(at(1), offer(), 1_000);
    leases.take(at(2), offer(), 1_000);
    expect(leases.renew(0, 'one', 1_400)).toBe(true);
    for (const id of [1, 2]) expect(leases.refuses(couponId(id), newcomer, 1_400 + LEASE_MS - 1)).toBe(true);
  });

  it.each(['two', null])(
    'ends at once, with all others of its shard and no more, where the mark is %s',
    (mark) => {
      const leases = new Leases();
      leases.take(at(1), offer(), 1_000);
      leases.take(at(2), offer(), 1_000);
      leases.take(at(3, 1), offer(), 1_000);
      expect(leases.renew(0, mark, 1_100)).toBe(false);
      expect([1, 2, 3].map((id) => leases.refuses(couponId(id), newcomer, 1_101))).toEqual([
        false,
        false,
        true,
      ]);
      // The mark of before does not bring back what has ended.
      leases.renew(0, 'one', 1_200);
      expect(leases.refuses(couponId(1), newcomer, 1_201)).toBe(false);
    },
  );

  it('of another mark ends those of the mark before', () => {
    const leases = new Leases();
    leases.take(at(1), offer(), 1_000);
    leases.take(at(2), offer({ mark: 'two' }), 1_100);
    expect(leases.refuses(couponId(1), newcomer, 1_101)).toBe(false);
    expect(leases.refuses(couponId(2), newcomer, 1_101)).toBe(true);
  });

  it('that nobody used runs out, and goes on when it is had again under the same mark', () => {
    const leases = new Leases();
    leases.take(at(1), offer(), 1_000);
    expect(leases.renew(0, 'one', 1_100)).toBe(true);
    expect(leases.renew(0, 'one', 1_200)).toBe(false);
    expect(leases.refuses(couponId(1), newcomer, 1_100 + LEASE_MS)).toBe(false);
    leases.take(at(1), offer(), 2_000);
    expect(leases.refuses(couponId(1), newcomer, 2_001)).toBe(true);
  });

  it('is not shortened by an answer that comes late', () => {
    const leases = new Leases();
    leases.take(at(1), offer(), 1_000);
    leases.take(at(2), offer(), 500);
    expect(leases.refuses(couponId(1), newcomer, 1_000 + LEASE_MS - 1)).toBe(true);
  });

  it('whose list is larger than all lists together may be is not kept', () => {
    const leases = new Leases();
    leases.take(at(1), offer({ claims: { mayHold: () => false, bytes: 2 ** 30 } }), 1_000);
    expect(leases.refuses(couponId(1), newcomer, 1_001)).toBe(false);
  });
});
