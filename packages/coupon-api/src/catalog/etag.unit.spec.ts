import { describe, expect, it } from '@jest/globals';
import type { CouponId } from 'coupon-core';
import { aCoupon } from '../testing/a-coupon.js';
import { etagOf, matchesEtag, versionMatched } from './etag.js';

describe('etags', () => {
  it('follow the versions of what is shown', () => {
    const other = aCoupon({ id: 8 as CouponId });
    const tags = [[aCoupon()], [aCoupon({ version: 13 })], [aCoupon(), other], [other, aCoupon()], []].map(
      etagOf,
    );
    expect(tags[0]).toBe('W/"7-12"');
    expect(new Set(tags).size).toBe(tags.length);
  });

  it.each([
    [undefined, false],
    ['', false],
    ['*', true],
    ['W/"7-12"', true],
    ['"7-12"', true],
    ['"a", W/"7-12"', true],
    ['W/"7-1"', false],
  ])('If-None-Match: %s', (header, matches) => {
    expect(matchesEtag(header, 'W/"7-12"')).toBe(matches);
  });
});

describe('If-Match', () => {
  it.each([
    [undefined, null],
    ['*', null],
    [etagOf([aCoupon()]), aCoupon().version],
    ['"7-12"', 12],
    ['W/"8-12"', 0],
    ['"7-12", "7-13"', 0],
    ['seven', 0],
  ])('of %s asks for version %s', (ifMatch, version) => {
    expect(versionMatched(ifMatch, aCoupon())).toBe(version);
  });
});
