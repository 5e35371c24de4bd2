import { describe, expect, it } from '@jest/globals';
import { aCoupon } from '../testing/a-coupon.js';
import type { Coupon } from './coupon.js';
import { decideQuantity } from './decide-quantity.js';

const issued = { totalQuantity: 10, issuedQuantity: 6, givenBack: 1 };

describe('another total', () => {
  it.each<[string, Partial<Coupon>, number | null, string]>([
    ['is in force at once where it is more', {}, 11, 'SET'],
    ['is in force at once where it has no limit any more', {}, null, 'SET'],
    ['is no change where it is the present one', {}, 10, 'UNCHANGED'],
    ['is no change where there is no limit already', { totalQuantity: null }, null, 'UNCHANGED'],
    ['has to be announced where it is less', {}, 9, 'ANNOUNCE'],
    ['has to be announced down to what is in hands', {}, 5, 'ANNOUNCE'],
    ['has to be announced where there was no limit', { totalQuantity: null }, 1_000, 'ANNOUNCE'],
    ['has to be announced in a pause too', { state: 'PAUSED' }, 9, 'ANNOUNCE'],
    ['is the row’s own affair where V2 does not serve the coupon', { issueMode: 'SYNC' }, 5, 'SET'],
    ['is the row’s own affair in a draft', { state: 'DRAFT' }, 5, 'SET'],
    ['goes on where it is announced', { decrease: { total: 7, id: 3 } }, 7, 'ANNOUNCED_BEFORE'],
    ['waits for another decrease', { decrease: { total: 7, id: 3 } }, 6, 'DECREASE_UNDER_WAY'],
    [
      'that is more waits for a decrease as well',
      { decrease: { total: 7, id: 3 } },
      20,
      'DECREASE_UNDER_WAY',
    ],
    ['is never less than what is in hands', {}, 4, 'QUANTITY_BELOW_CLAIMED'],
    ['is never less than that by the row alone either', { issueMode: 'SYNC' }, 4, 'QUANTITY_BELOW_CLAIMED'],
    ['is none of a closed coupon', { state: 'CLOSED' }, 20, 'CLOSED'],
  ])('%s', (_name, given, total, expected) => {
    const decision = decideQuantity(aCoupon({ ...issued, ...given }), total);
    expect(decision.outcome === 'REFUSED' ? decision.code : decision.outcome).toBe(expected);
  });
});
