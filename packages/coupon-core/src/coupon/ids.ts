/** Ids are branded so that a coupon id, a shard and an epoch cannot change places in a call. */
export type CouponId = number & { readonly brand: 'CouponId' };
export type UserId = string & { readonly brand: 'UserId' };
/**
 * Who claims: a person; or, where a coupon has a per-user limit above 1, a person and the key of the request, as
 * `user#key`. Whatever belongs to one claim is named by it.
 */
export type Claimant = string & { readonly brand: 'UserId' | 'Claimant' };

const COUPON_ID = /^[1-9][0-9]{0,15}$/;
export const IDENTIFIER = /^[A-Za-z0-9._:|@-]{1,64}$/;

/** 1 … 2^53 − 1 in plain decimal digits; anything else is null. */
export function parseCouponId(text: string): CouponId | null {
  if (!COUPON_ID.test(text)) return null;
  const id = Number(text);
  return Number.isSafeInteger(id) ? (id as CouponId) : null;
}

/** An issue number in a path: the same form as a coupon id; anything else is null. */
export const parseIssueNumber = (text: string): number | null => parseCouponId(text);

/** 1–64 characters of `A–Z a–z 0–9 . _ : | @ -`; anything else is null. */
export function parseUserId(text: unknown): UserId | null {
  return typeof text === 'string' && IDENTIFIER.test(text) ? (text as UserId) : null;
}
