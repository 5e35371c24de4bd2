import { describe, expect, it } from '@jest/globals';
import { aCoupon } from '../testing/a-coupon.js';
import { type CouponEdits, type DefinitionField, decideEdit } from './decide-edit.js';

const OPEN = aCoupon({ state: 'OPEN' });
const DRAFT = aCoupon({ ...OPEN, state: 'DRAFT' });

/** Another value for every field: a new one does not compile until it is decided whether it may be edited. */
const ANOTHER: Required<Omit<CouponEdits, 'type'>> = {
  title: 'Another',
  totalQuantity: 20,
  issueMode: 'ASYNC',
  admission: 'QUEUE',
  lockStrategy: 'distributed',
  discount: { kind: 'PERCENT', value: 10, maxDiscount: null },
  currency: 'KRW',
  minOrderAmount: 1,
  issueStartsAt: 1,
  issueEndsAt: OPEN.issueEndsAt + 1,
  validForDays: 7,
  expiresAt: OPEN.issueEndsAt + 5,
  perUserLimit: 2,
  returnCancelledUnits: true,
  metadata: { a: 1 },
};
const FIXED: DefinitionField[] = [
  'totalQuantity',
  'issueMode',
  'admission',
  'lockStrategy',
  'discount',
  'currency',
  'minOrderAmount',
  'perUserLimit',
];

describe('an edit', () => {
  it.each(Object.keys(ANOTHER) as (keyof typeof ANOTHER)[])('of %s', (field) => {
    const edits = { [field]: ANOTHER[field] };
    expect(decideEdit(DRAFT, edits)).toEqual({ outcome: 'EDITED', changes: edits });
    expect(decideEdit(OPEN, edits)).toEqual(
      FIXED.includes(field)
        ? { outcome: 'NOT_EDITABLE', fields: [field] }
        : { outcome: 'EDITED', changes: edits },
    );
  });

  it('is refused as a whole, and all of what refuses it is named', () => {
    const edits = { title: 'Another', currency: 'KRW', discount: ANOTHER.discount };
    expect(decideEdit(OPEN, edits)).toEqual({ outcome: 'NOT_EDITABLE', fields: ['currency', 'discount'] });
  });

  it('is what differs, and none where nothing does', () => {
    expect(decideEdit(OPEN, { title: OPEN.title, currency: OPEN.currency })).toEqual({
      outcome: 'UNCHANGED',
    });
    expect(decideEdit(OPEN, { title: 'Another', discount: { ...OPEN.discount } })).toEqual({
      outcome: 'EDITED',
      changes: { title: 'Another' },
    });
  });

  it('is judged together with what it leaves as it is', () => {
    expect(decideEdit(OPEN, { issueEndsAt: OPEN.issueStartsAt })).toMatchObject({
      outcome: 'INVALID',
      faults: [{ field: 'issueEndsAt' }],
    });
    const dated = aCoupon({ ...OPEN, expiresAt: OPEN.issueEndsAt + 5 });
    expect(decideEdit(dated, { validForDays: 3 })).toMatchObject({ faults: [{ field: 'expiresAt' }] });
    expect(decideEdit(dated, { validForDays: 3, expiresAt: null })).toMatchObject({ outcome: 'EDITED' });
    expect(decideEdit(dated, { issueEndsAt: OPEN.issueEndsAt + 6 })).toMatchObject({ outcome: 'INVALID' });
  });

  it('is none of a closed coupon', () => {
    expect(decideEdit(aCoupon({ state: 'CLOSED' }), { title: 'Another' })).toEqual({ outcome: 'CLOSED' });
  });
});
