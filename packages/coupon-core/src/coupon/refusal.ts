/**
 * Why an issue is refused, in the order in which both doors judge. A refusal is a value; faults are thrown.
 * An earlier claim of the same user comes before every one of these but the first three.
 */
export const REFUSAL_CODES = [
  'COUPON_NOT_FOUND',
  'WRONG_MODE',
  'IDEMPOTENCY_KEY_REQUIRED',
  'NOT_STARTED',
  'ENDED',
  'PAUSED',
  'CLOSED',
  'ALREADY_ISSUED',
  'SOLD_OUT',
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** Why an accepted claim, final as well, yielded no coupon. */
export type RejectionReason = 'SOLD_OUT' | 'ALREADY_ISSUED' | 'LOST_IN_INCIDENT' | 'DISCARDED';
