import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CouponId } from '../../coupon/ids.js';
import { couponId, users } from '../../testing/a-coupon.js';
import { AQueue, CLAIMS_MAX, peopleOf, SHARD } from '../../testing/a-queue.js';
import { openGate } from '../../testing/an-open-gate.js';
import { describeQueue } from '../../testing/issuance-queue-contract.js';

describeQueue('stream');
describeQueue('line');

describe('the entries of a stream', () => {
  let queue: AQueue;
  let coupon: CouponId;
  let nextCoupon = 1;

  beforeAll(async () => {
    queue = await AQueue.create('stream');
  });

  beforeEach(async () => {
    coupon = couponId(nextCoupon++);
    await queue.fresh.emptyQueue();
    await openGate(queue.gate, coupon, { view: { capacity: 10_000 } });
  });

  afterAll(() => queue.fresh.close());

  const stream = () => queue.fresh.keys.queue(SHARD);

  it('are never cut in two: reading stops before the next one might exceed the limit', async () => {
    await queue.admit(coupon, users(200, 'a'), users(200, 'b'), users(200, 'c'));
    const sizes: number[][] = [];
    for (;;) {
      const batch = await queue.one.readNew(SHARD, CLAIMS_MAX);
      if (!batch) break;
      sizes.push(batch.entries.map(({ claims }) => claims.length));
    }
    expect(sizes).toEqual([[200, 200], [200]]);
  });

  it('are handed over as they are where they cannot be read, beside the good ones, and acknowledged', async () => {
    await queue.admit(coupon, ['a']);
    const id = (await queue.fresh.redis.xadd(stream(), '*', 'what', 'is this'))!;
    await queue.admit(coupon, ['b']);
    const batch = await queue.one.readNew(SHARD, CLAIMS_MAX);
    expect(peopleOf(batch)).toEqual(['a', 'b']);
    expect(batch?.unreadable).toEqual([{ id, raw: { what: 'is this' }, cause: expect.any(String) }]);
    await queue.acknowledge(batch);
    await queue.one.acknowledge(SHARD, [{ id, couponId: null, claims: 1 }]);
    expect(await queue.one.depth(SHARD)).toBe(0);
  });

  it('are let go of where they are pending and were deleted', async () => {
    await queue.admit(coupon, ['a'], ['b']);
    const batch = await queue.one.readNew(SHARD, CLAIMS_MAX);
    await queue.fresh.redis.xdel(stream(), batch!.entries[0]!.id);
    expect(peopleOf(await queue.one.readOwnPending(SHARD, '0', CLAIMS_MAX))).toEqual(['b']);
    const [pending] = (await queue.fresh.redis.xpending(stream(), 'issuance')) as [number];
    expect(pending).toBe(1);
  });
});
