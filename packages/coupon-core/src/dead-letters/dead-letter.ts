import type { AcceptedClaim } from '../coupon/decide-settlement.js';
import type { CouponId } from '../coupon/ids.js';

/** Open letters stand for promised units; the others are kept to be read. */
export const DEAD_LETTER_STATES = ['WAITING', 'PERMANENT_FAILURE', 'SETTLED', 'DISCARDED'] as const;

/**
 * WAITING: tried again by itself. PERMANENT_FAILURE: it has failed too often, and waits for an operator.
 * SETTLED: its claim has its row. DISCARDED: an operator has given it up.
 */
export type DeadLetterState = (typeof DEAD_LETTER_STATES)[number];

/** A claim, or an entry of the queue that nobody could read, that failed by itself and holds up nobody else. */
export interface DeadLetter {
  id: number;
  state: DeadLetterState;
  /** null: nothing in the entry could be understood. */
  couponId: CouponId | null;
  claim: AcceptedClaim | null;
  /** What was kept: the claim, or the unreadable entry. */
  payload: Record<string, unknown>;
  /** What the last attempt failed of. */
  cause: string;
  attempts: number;
  /** null: it is not tried again by itself. */
  nextAttemptAt: number | null;
  createdAt: number;
  updatedAt: number;
}

export const isOpen = ({ state }: DeadLetter): boolean =>
  state === 'WAITING' || state === 'PERMANENT_FAILURE';

/** Attempts after the first, by itself; then somebody has to look. */
export const RETRIES_MAX = 5;
export const RETRY_EVERY_MS = 5 * 60_000;

/** What becomes of a letter that has failed once more: a pure function. */
export function afterFailure(letter: DeadLetter, cause: string, now: number): DeadLetter {
  const attempts = letter.attempts + 1;
  const isGivenUp = letter.state === 'PERMANENT_FAILURE' || attempts > RETRIES_MAX;
  return {
    ...letter,
    cause,
    attempts,
    state: isGivenUp ? 'PERMANENT_FAILURE' : 'WAITING',
    nextAttemptAt: isGivenUp ? null : now + RETRY_EVERY_MS,
  };
}
