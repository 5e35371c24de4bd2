import { describe, expect, it } from '@jest/globals';
import { VALID_COUPON } from '../testing/operator.js';
import { createCouponBody } from './create-coupon.body.js';

const parse = (changes: object = {}) => createCouponBody.safeParse({ ...VALID_COUPON, ...changes });
const accepted = (changes: object) => parse(changes).success;

describe('createCouponBody', () => {
  it('fills in what may be left out', () => {
    expect(parse().data).toEqual({
      title: 'Ten off',
      type: 'FIRST_COME_FIRST_SERVED',
      totalQuantity: 100,
      discount: { kind: 'FIXED', value: 1_000, maxDiscount: null },
      currency: 'USD',
      minOrderAmount: 0,
      issueStartsAt: Date.UTC(2026, 0, 1),
      issueEndsAt: Date.UTC(2098, 11, 31, 15),
      validForDays: null,
      expiresAt: null,
      perUserLimit: 1,
      issueMode: 'BOTH',
      admission: 'GATE',
      lockStrategy: 'row',
      returnCancelledUnits: false,
      metadata: null,
    });
  });

  it('keeps the bounds of numbers', () => {
    for (const [field, least, most] of [
      ['totalQuantity', 1, 1_000_000_000],
      ['minOrderAmount', 0, 1_000_000_000_000],
      ['validForDays', 1, 3_650],
      ['perUserLimit', 1, 100],
    ] as const) {
      const each = [least - 1, least, most, most + 1, least + 0.5, String(least)];
      expect([field, each.map((value) => accepted({ [field]: value }))]).toEqual([
        field,
        [false, true, true, false, false, false],
      ]);
    }
    expect(accepted({ totalQuantity: null })).toBe(true);
    expect(accepted({ totalQuantity: undefined })).toBe(false);
  });

  it('knows which discounts there are', () => {
    const discounts = (kind: string, value: number, rest = {}) =>
      accepted({ discount: { kind, value, ...rest } });
    expect([0, 1, 100, 101].map((percent) => discounts('PERCENT', percent))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(discounts('PERCENT', 10, { maxDiscount: 500 })).toBe(true);
    expect(discounts('PERCENT', 10, { maxDiscount: 0 })).toBe(false);
    expect(discounts('FIXED', 10, { maxDiscount: 500 })).toBe(false);
    expect(discounts('FIXED', 10, { maxDiscount: null })).toBe(true);
    expect(discounts('FIXED', 0)).toBe(false);
    expect(discounts('GIFT', 1)).toBe(false);
  });

  it('reads times with an offset only', () => {
    const times = [
      '2026-01-01T09:00:00+09:00',
      '2026-01-01T00:00:00.123456Z',
      '2026-01-01T00:00:00',
      '2026-01-01',
      0,
    ];
    expect(times.map((issueStartsAt) => accepted({ issueStartsAt }))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(accepted({ issueEndsAt: '2200-01-01T00:00:00Z' })).toBe(false);
    expect(accepted({ issueStartsAt: '1969-12-31T23:59:59Z' })).toBe(false);
  });

  it('wants the window to have a length', () => {
    expect(accepted({ issueEndsAt: VALID_COUPON.issueStartsAt })).toBe(false);
    expect(accepted({ issueEndsAt: '2026-01-01T00:00:00.001Z' })).toBe(true);
  });

  it('takes one kind of expiry, which does not cut the window short', () => {
    const end = VALID_COUPON.issueEndsAt;
    expect(accepted({ expiresAt: end })).toBe(true);
    expect(accepted({ expiresAt: '2098-12-31T14:59:59Z' })).toBe(false);
    expect(accepted({ expiresAt: end, validForDays: 1 })).toBe(false);
    expect(accepted({ expiresAt: null, validForDays: 1 })).toBe(true);
  });

  it('knows two admissions, of which V1 alone has no use for the queue', () => {
    const admissions = ['GATE', 'QUEUE', 'NONE', null].map((admission) => accepted({ admission }));
    expect(admissions).toEqual([true, true, false, false]);
    expect(accepted({ admission: 'QUEUE', issueMode: 'SYNC' })).toBe(false);
  });

  it('knows two lock strategies', () => {
    const strategies = ['row', 'distributed', 'table', null].map((lockStrategy) =>
      accepted({ lockStrategy }),
    );
    expect(strategies).toEqual([true, true, false, false]);
    expect(parse({ lockStrategy: 'distributed' }).data).toMatchObject({ lockStrategy: 'distributed' });
  });

  it('bounds metadata by its bytes', () => {
    const ofBytes = (bytes: number) => ({ metadata: { a: 'é'.repeat((bytes - 8) / 2) } });
    expect([accepted(ofBytes(4_096)), accepted(ofBytes(4_098))]).toEqual([true, false]);
    expect([accepted({ metadata: [] }), accepted({ metadata: 'x' }), accepted({ metadata: {} })]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('refuses metadata and titles that a database would not give back as they are', () => {
    const nested = (depth: number): object => (depth === 1 ? {} : { in: nested(depth - 1) });
    expect([nested(10), nested(11), nested(200)].map((metadata) => accepted({ metadata }))).toEqual([
      true,
      false,
      false,
    ]);
    for (const value of ['\ud800', { '\udc00': 1 }, [['\ud800']], 2 ** 53, 1e20]) {
      expect([value, accepted({ metadata: { value } })]).toEqual([value, false]);
    }
    for (const value of ['😀', 2 ** 53 - 1, 0.1, null, [true]]) {
      expect([value, accepted({ metadata: { value } })]).toEqual([value, true]);
    }
    expect(accepted({ title: 'half a \ud83d' })).toBe(false);
  });
});
