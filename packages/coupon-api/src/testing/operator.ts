/** An operator, under AUTH_MODE=dev. */
export const ADMIN = { 'x-user-id': 'operator', 'x-roles': 'admin' };

/** A body that `POST /admin/v1/coupons` takes; `issueEndsAt` lies far ahead. */
export const VALID_COUPON = {
  title: 'Ten off',
  type: 'FIRST_COME_FIRST_SERVED',
  totalQuantity: 100,
  discount: { kind: 'FIXED', value: 1_000 },
  minOrderAmount: 0,
  issueStartsAt: '2026-01-01T00:00:00Z',
  issueEndsAt: '2099-01-01T00:00:00.000+09:00',
} as const;
