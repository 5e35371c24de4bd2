import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { couponId, user } from '../testing/a-coupon.js';
import { Receipts } from './receipts.js';

const fields = {
  couponId: couponId(7),
  userId: user('alice'),
  epoch: 3,
  ticket: 41,
  gateTime: 1_795_000_000_000,
};
const receipts = new Receipts(['the present secret']);
const receipt = receipts.sign(fields);
const accepts = (text: string, by = receipts) => by.verify(text, fields.couponId, fields.userId);

describe('a receipt', () => {
  it('is verified for the user and the coupon that it was given for', () => {
    expect(accepts(receipt)).toBe(true);
  });

  it('says nothing for another user or another coupon', () => {
    expect(receipts.verify(receipt, fields.couponId, user('alicf'))).toBe(false);
    expect(receipts.verify(receipt, couponId(8), fields.userId)).toBe(false);
  });

  it('cannot be moved to another user by moving the dot between the fields', () => {
    const owner = user('9.bob');
    const shifted = receipts.sign({ ...fields, userId: owner, gateTime: 1 }).replace('.1.', '.1.9.');
    expect(receipts.verify(shifted, fields.couponId, user('bob'))).toBe(false);
  });

  it.each(['version', 'key', 'coupon', 'epoch', 'ticket', 'gate time', 'MAC'])(
    'is void with another %s',
    (name) => {
      const parts = receipt.split('.');
      const at = ['version', 'key', 'coupon', 'epoch', 'ticket', 'gate time', 'MAC'].indexOf(name);
      const changed = parts[at]!.startsWith('2') ? `3${parts[at]!.slice(1)}` : `2${parts[at]!.slice(1)}`;
      const tampered = parts.with(at, changed).join('.');
      expect(tampered).not.toBe(receipt);
      expect(accepts(tampered)).toBe(false);
    },
  );

  it.each([0, 1, 2, 3, 4, 5, 6])('is void without its part %i, and with one more there', (at) => {
    const parts = receipt.split('.');
    expect(accepts(parts.toSpliced(at, 1).join('.'))).toBe(false);
    expect(accepts(parts.toSpliced(at, 0, '1').join('.'))).toBe(false);
  });

  it('is void when its MAC is cut short or lengthened', () => {
    expect(accepts(receipt.slice(0, -2))).toBe(false);
    expect(accepts(`${receipt}AAAA`)).toBe(false);
  });

  it('is no garbage, whatever that is', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => !accepts(text)));
    const pieces = fc.array(fc.constantFrom('1', '7', '.', 'A', '-', ...receipt.split('.')), {
      maxLength: 20,
    });
    fc.assert(fc.property(pieces, (some) => some.join('') === receipt || !accepts(some.join(''))));
  });
});

describe('changing the secret', () => {
  const both = new Receipts(['the next secret', 'the present secret']);
  const next = new Receipts(['the next secret']);

  it('signs with the first and verifies with all', () => {
    expect(accepts(receipt, both)).toBe(true);
    expect(accepts(both.sign(fields), both)).toBe(true);
    expect(accepts(both.sign(fields), next)).toBe(true);
    expect(accepts(both.sign(fields), receipts)).toBe(false);
  });

  it('ends what the old secret signed once that is gone', () => {
    expect(accepts(receipt, next)).toBe(false);
  });
});
