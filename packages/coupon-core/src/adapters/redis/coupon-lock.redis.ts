import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import Redlock, { ExecutionError, type Lock, ResourceLockedError } from 'redlock';
import { CouponLock, NO_TURN } from '../../issuance/coupon-lock.js';
import type { GateAddress } from '../../issuance/gate.js';
import { leasesLost, lockHeld, lockNotHad } from '../../metrics/request-metrics.js';
import { backOffMs } from './back-off.js';
import type { Keys } from './keys.js';

export interface LockTimes {
  /** For one batch, its back-off included; 0: it tries once. */
  waitMs: number;
  /** After so long without an extension another may come in. */
  leaseMs: number;
}

/** So often within a lease, so that one extension may be lost. */
const EXTENSIONS_PER_LEASE = 3;
/** Whoever works for ten leases has lost its way, and keeps nobody out any more. */
const EXTENSIONS_MAX = 10 * EXTENSIONS_PER_LEASE;

/** Redlock on the gate's server. */
export class RedisCouponLock extends CouponLock {
  private readonly redlock: Redlock;

  constructor(
    redis: Redis,
    private readonly keys: Keys,
    private readonly times: LockTimes,
  ) {
    super();
    // Its own retries are linear; ours are below.
    this.redlock = new Redlock([redis], { retryCount: 0 });
  }

  async hold<T>(
    { shard, couponId }: GateAddress,
    since: number,
    work: () => Promise<T>,
  ): Promise<T | typeof NO_TURN> {
    const lock = await this.acquire(this.keys.lock(shard, couponId), since + this.times.waitMs);
    (lock ? lockHeld : lockNotHad).observe((performance.now() - since) / 1_000);
    if (!lock) return NO_TURN;
    const extending = this.keepExtending(lock);
    try {
      return await work();
    } finally {
      clearInterval(extending);
      this.release(lock);
    }
  }

  /** Answers do not wait for it. A lock that cannot be released ends with its lease. Overridden by tests. */
  protected release(lock: Lock): void {
    lock.release().catch(() => undefined);
  }

  /** Overridden by tests. */
  protected extend(lock: Lock): Promise<Lock> {
    return lock.extend(this.times.leaseMs);
  }

  /** Null where it was not had by then, or its server does not answer. */
  private async acquire(key: string, deadlineAt: number): Promise<Lock | null> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.redlock.acquire([key], this.times.leaseMs);
      } catch (cause) {
        if (!(await isTaken(cause))) return null;
      }
      const leftMs = deadlineAt - performance.now();
      if (leftMs <= 0) return null;
      await sleep(Math.min(backOffMs(attempt, Math.random()), leftMs));
    }
  }

  /** A lease that could not be extended is nobody's failure: the next extension is tried, or another comes in. */
  private keepExtending(lock: Lock): NodeJS.Timeout {
    let present = lock;
    let extensions = 0;
    const timer = setInterval(() => {
      extensions += 1;
      if (extensions === EXTENSIONS_MAX) clearInterval(timer);
      this.extend(present).then(
        (extended) => {
          present = extended;
        },
        () => leasesLost.add(),
      );
    }, this.times.leaseMs / EXTENSIONS_PER_LEASE);
    return timer;
  }
}

/** False where the server did not answer: it is not waited for, since then the gate is away as well. */
async function isTaken(cause: unknown): Promise<boolean> {
  if (!(cause instanceof ExecutionError)) throw cause;
  const attempts = await Promise.all(cause.attempts);
  return attempts.every(({ votesAgainst }) =>
    [...votesAgainst.values()].every((error) => error instanceof ResourceLockedError),
  );
}
