import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Lock } from 'redlock';
import { NO_TURN } from '../../issuance/coupon-lock.js';
import type { GateAddress } from '../../issuance/gate.js';
import { leasesLost, lockNotHad } from '../../metrics/request-metrics.js';
import { couponId } from '../../testing/a-coupon.js';
import { eventually } from '../../testing/eventually.js';
import { FreshRedis } from '../../testing/fresh-redis.js';
import { createRedis } from './connection.js';
import { type LockTimes, RedisCouponLock } from './coupon-lock.redis.js';

/** Longer than any test: what does not happen before was not waited for. */
const NEVER_MS = 600_000;
const done = async () => 'done';

let fresh: FreshRedis;
let at: GateAddress;
let coupons = 0;

beforeAll(async () => {
  fresh = await FreshRedis.create();
});

beforeEach(() => {
  at = aCoupon();
});

afterAll(async () => {
  await fresh?.close();
});

const aCoupon = (): GateAddress => ({ couponId: couponId(++coupons), shard: 0 });

/** As one process has it, on a connection of its own. */
const lock = async (times: Partial<LockTimes> = {}, Kind = RedisCouponLock) =>
  new Kind(await fresh.connect(), fresh.keys, { waitMs: 0, leaseMs: NEVER_MS, ...times });

const hold = <T>(by: RedisCouponLock, work: () => Promise<T>, which = at) =>
  by.hold(which, performance.now(), work);

/** Work that goes on until it is told to end. */
function longWork() {
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const work = async () => {
    begun.resolve();
    await ended.promise;
    return 'done';
  };
  return { work, begun: begun.promise, end: () => ended.resolve() };
}

class NeverReleased extends RedisCouponLock {
  protected override release(): void {}
}

class NeverExtended extends RedisCouponLock {
  protected override extend(): Promise<Lock> {
    return Promise.reject(new Error('stalled'));
  }
}

/** Tells of every extension that has come about. */
class Telling extends RedisCouponLock {
  onExtended: () => void = () => undefined;

  protected override async extend(present: Lock): Promise<Lock> {
    const extended = await super.extend(present);
    this.onExtended();
    return extended;
  }
}

describe('the lock of a coupon', () => {
  it('lets one in at a time, and everybody who waits in the end', async () => {
    const locks = await Promise.all([1, 2, 3].map(() => lock({ waitMs: NEVER_MS })));
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await fresh.redis.ping();
      inside -= 1;
      return 'done';
    };
    const held = await Promise.all(Array.from({ length: 30 }, (_, i) => hold(locks[i % 3]!, work)));
    expect(held).toEqual(Array(30).fill('done'));
    expect(most).toBe(1);
  });

  it('is one for each coupon', async () => {
    const [one, other] = [await lock(), await lock()];
    const first = longWork();
    const holding = hold(one, first.work);
    await first.begun;
    expect(await hold(other, done, aCoupon())).toBe('done');
    first.end();
    expect(await holding).toBe('done');
  });

  it('is not waited for beyond the time that is allowed, and the work is not begun then', async () => {
    const first = longWork();
    const holding = hold(await lock(), first.work);
    await first.begun;
    let begun = false;
    const work = async () => {
      begun = true;
    };
    const notHad = lockNotHad.count;
    expect(await hold(await lock({ waitMs: 20 }), work)).toBe(NO_TURN);
    expect(lockNotHad.count).toBe(notHad + 1);
    // Who has waited elsewhere already tries once more at most.
    const late = await lock({ waitMs: NEVER_MS });
    expect(await late.hold(at, performance.now() - NEVER_MS, work)).toBe(NO_TURN);
    expect(begun).toBe(false);
    first.end();
    await holding;
    // Nobody waits for the release, and whoever tries once does not wait for it either.
    await eventually(() => fresh.redis.exists(fresh.keys.lock(at.shard, at.couponId)), 0);
    expect(await late.hold(at, performance.now() - NEVER_MS, done)).toBe('done');
  });

  it('is released when the work fails, and its failure is thrown', async () => {
    const failing = hold(await lock(), () => Promise.reject(new RangeError('inside')));
    await expect(failing).rejects.toThrow(new RangeError('inside'));
    expect(await hold(await lock({ waitMs: NEVER_MS }), done)).toBe('done');
  });

  it('not released, keeps the next out until its lease is over', async () => {
    expect(await hold(await lock({}, NeverReleased), done)).toBe('done');
    expect(await hold(await lock(), done)).toBe(NO_TURN);
    const short = aCoupon();
    expect(await hold(await lock({ leaseMs: 100 }, NeverReleased), done, short)).toBe('done');
    expect(await hold(await lock({ waitMs: NEVER_MS }), done, short)).toBe('done');
  });

  it('is extended while the work goes on, past its lease', async () => {
    const holder = (await lock({ leaseMs: 3_000 }, Telling)) as Telling;
    const extended = Promise.withResolvers<void>();
    let left = 4;
    holder.onExtended = () => {
      left -= 1;
      if (left === 0) extended.resolve();
    };
    const first = longWork();
    const holding = hold(holder, first.work);
    await extended.promise;
    expect(await hold(await lock(), done)).toBe(NO_TURN);
    first.end();
    expect(await holding).toBe('done');
    expect(await hold(await lock({ waitMs: NEVER_MS }), done)).toBe('done');
  });

  it('not extended, lets the next in while the first still works; which then takes nothing from it', async () => {
    const lost = leasesLost.value;
    const first = longWork();
    const holding = hold(await lock({ leaseMs: 100 }, NeverExtended), first.work);
    const second = longWork();
    const next = hold(await lock({ waitMs: NEVER_MS }), second.work);
    await second.begun;
    expect(leasesLost.value).toBeGreaterThan(lost);
    first.end();
    expect(await holding).toBe('done');
    expect(await hold(await lock(), done)).toBe(NO_TURN);
    second.end();
    expect(await next).toBe('done');
  });

  it('is not extended for ever', async () => {
    const first = longWork();
    const holding = hold(await lock({ leaseMs: 100 }), first.work);
    await first.begun;
    expect(await hold(await lock({ waitMs: NEVER_MS }), done)).toBe('done');
    first.end();
    expect(await holding).toBe('done');
  });

  it("is nobody's where its server is away, without any wait", async () => {
    const away = createRedis('redis://127.0.0.1:1', 'away');
    const times = { waitMs: NEVER_MS, leaseMs: 5_000 };
    expect(await hold(new RedisCouponLock(away, fresh.keys, times), done)).toBe(NO_TURN);
    away.disconnect();
  });

  it('bears a server that has lost it: the next comes in, and keeps what it has', async () => {
    const first = longWork();
    const holding = hold(await lock({ leaseMs: 300 }), first.work);
    await first.begun;
    await fresh.redis.del(fresh.keys.lock(at.shard, at.couponId));
    const second = longWork();
    const next = hold(await lock({ waitMs: NEVER_MS }), second.work);
    await second.begun;
    first.end();
    expect(await holding).toBe('done');
    expect(await hold(await lock(), done)).toBe(NO_TURN);
    second.end();
    expect(await next).toBe('done');
  });
});
