import type { GateAddress } from './gate.js';

/** Somebody else kept the lock for too long, or its server is away. The work was not begun. */
export const NO_TURN: unique symbol = Symbol('no turn');

/**
 * One holder at a time for each coupon, over all processes. It spares batches a crowd at the coupon's row, and
 * nothing else: a holder that stalls past its lease works on beside the next one, so whatever runs under this lock
 * has to be right without it.
 */
export abstract class CouponLock {
  /**
   * Runs `work` as the holder. `since`: when those who wait began to, by `performance.now()`; `NO_TURN` where the
   * lock was not had in the time that is allowed from then on. What the work throws is thrown.
   */
  abstract hold<T>(at: GateAddress, since: number, work: () => Promise<T>): Promise<T | typeof NO_TURN>;
}
