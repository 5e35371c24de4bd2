import { describe, expect, it } from '@jest/globals';
import { couponId } from '../../testing/a-coupon.js';
import { aTraceparent } from '../../testing/a-traceparent.js';
import { decodeName } from './line-entry.js';
import { portionOf } from './waiting-line.redis.js';

describe('the portion that is taken at once', () => {
  it('is that of the pace, or a batch with a part of the pause', () => {
    expect(portionOf(null, 500)).toEqual({ claims: 500, pauseMs: 0 });
    expect(portionOf({ claims: 100, ms: 2_000 }, 500)).toEqual({ claims: 100, pauseMs: 2_000 });
    expect(portionOf({ claims: 1_500, ms: 1_000 }, 500)).toEqual({ claims: 500, pauseMs: 334 });
  });
});

describe('the name of somebody in a waiting line', () => {
  const place = (epoch: number, ticket: number) => String(epoch * 2 ** 32 + ticket).padStart(16, '0');

  it.each([
    ['a ticket', `7 ${place(3, 12)} 1700000000000 a`, { userId: 'a', epoch: 3, ticket: 12 }],
    [
      'one of several claims',
      `7 ${place(3, 1)} 1700000000000 u|x@y.z#k:1`,
      { userId: 'u|x@y.z#k:1', epoch: 3, ticket: 1 },
    ],
    ['a loss', `7 ${place(3, 12)} L1700000000000.000123 a`, { userId: 'a', epoch: 3, ticket: null }],
    ['a loss driven again', `7 ${place(3, 0)} L1700000000000 a`, { userId: 'a', epoch: 3, ticket: null }],
    [
      'the greatest place',
      `7 ${place(2 ** 21 - 1, 2 ** 32 - 1)} 1700000000000 a`,
      { userId: 'a', epoch: 2 ** 21 - 1, ticket: 2 ** 32 - 1 },
    ],
  ])('says all of %s', (_what, name, claim) => {
    const claims = [{ ...claim, acceptedAt: 1_700_000_000_000 }];
    expect(decodeName(name)).toEqual({ id: name, couponId: couponId(7), claims, traceContext: null });
  });

  it('ends with the trace context, where there is one', () => {
    const name = `7 ${place(1, 1)} 1700000000000 a ${aTraceparent(1)}`;
    expect(decodeName(name)).toMatchObject({ traceContext: aTraceparent(1) });
  });

  it.each(['', 'a', '7 1 1700000000000 a', `0 ${place(1, 1)} 1700000000000 a`, `7 ${place(1, 1)} a`])(
    'cannot be read from %j',
    (name) => {
      expect(decodeName(name)).toEqual({ id: name, raw: { name }, cause: expect.any(String) });
    },
  );
});
