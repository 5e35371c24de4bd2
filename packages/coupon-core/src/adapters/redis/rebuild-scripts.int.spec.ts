import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CouponId } from '../../coupon/ids.js';
import type { Claim, ClaimReply } from '../../issuance/gate.js';
import { couponId, user, users } from '../../testing/a-coupon.js';
import { allOf } from '../../testing/all-of.js';
import { aBuiltGate, type GivenGate, openGate, stageClaims } from '../../testing/an-open-gate.js';
import { FreshRedis } from '../../testing/fresh-redis.js';
import { RedisGate } from './gate.redis.js';

let fresh: FreshRedis;
let gate: RedisGate;
let coupon: CouponId;
let nextCoupon = 1;

const at = () => ({ couponId: coupon, shard: 0 });
const claim = (name: string): Promise<ClaimReply> => gate.claim(at(), user(name), false);
const survivors = async () => await allOf(gate.readSurvivors(at()));
const stateOf = () => fresh.redis.hgetall(fresh.keys.gate(0, coupon));
const ticket = (epoch: number, of: number): Claim => ({ kind: 'TICKET', epoch, ticket: of });

beforeAll(async () => {
  fresh = await FreshRedis.create();
  gate = new RedisGate(fresh.redis, fresh.keys, 1_000);
});

beforeEach(async () => {
  coupon = couponId(nextCoupon++);
  await fresh.redis.del(fresh.keys.queue(0));
});

afterAll(() => fresh.close());

describe('the fence', () => {
  it('only ever moves upwards; for its own epoch it is the same call sent again', async () => {
    const fences: boolean[] = [];
    for (const epoch of [3, 3, 2, 4, 1, 4, 10, 9]) fences.push(await gate.fence(at(), epoch));
    expect(fences).toEqual([true, true, false, true, false, true, true, false]);
  });

  it('is refused at the epoch that the gate has, and below', async () => {
    await openGate(gate, coupon, { epoch: 5 });
    expect([await gate.fence(at(), 4), await gate.fence(at(), 5), await gate.fence(at(), 6)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('shuts the gate for claims, look-ups, views and the consumers', async () => {
    const { view } = await openGate(gate, coupon);
    await claim('a');
    await gate.fence(at(), 2);
    const shut = { outcome: 'UNAVAILABLE', reason: 'NOT_INITIALISED' };
    expect(await claim('a')).toEqual(shut);
    expect(await gate.lookUp(at(), user('a'))).toEqual(shut);
    expect(await gate.update([{ view: { ...view, version: 99 }, issuedByV1: [user('v')] }])).toEqual([
      'NOT_INITIALISED',
    ]);
    expect(await stateOf()).toMatchObject({ version: `${view.version}`, admitted: '1' });
  });
});

describe('the switch', () => {
  it('is refused without a fence, and under the fence of another epoch', async () => {
    expect(await gate.switchTo(at(), aBuiltGate(coupon))).toBe(false);
    await gate.fence(at(), 2);
    await gate.fence(at(), 3);
    expect(await gate.switchTo(at(), aBuiltGate(coupon, { epoch: 2 }))).toBe(false);
    expect(await claim('a')).toMatchObject({ reason: 'NOT_INITIALISED' });
    expect(await gate.switchTo(at(), aBuiltGate(coupon, { epoch: 3 }))).toBe(true);
    expect(await claim('a')).toMatchObject({ outcome: 'HELD' });
  });

  it('changes nothing when it is sent again', async () => {
    const built = await openGate(gate, coupon);
    await claim('a');
    expect(await gate.switchTo(at(), built)).toBe(true);
    expect(await stateOf()).toMatchObject({ admitted: '1', tickets: '1' });
  });

  it('starts tickets anew and counts as admitted what it is told', async () => {
    await openGate(gate, coupon, { epoch: 4, admitted: 7, unsettled: 2, view: { capacity: 10 } });
    expect(await stateOf()).toMatchObject({ admitted: '7', tickets: '0', done: '5' });
    const replies = await Promise.all(users(4).map((name) => gate.claim(at(), name, false)));
    expect(replies.map((reply) => (reply.outcome === 'HELD' ? reply.held.claim : reply.outcome))).toEqual([
      ...[1, 2, 3].map((of) => ticket(4, of)),
      'REFUSED',
    ]);
    // Two unsettled tickets of the past, and the tickets before one's own.
    expect(replies.map((reply) => reply.outcome === 'HELD' && reply.held.position)).toEqual([2, 3, 4, false]);
  });

  it('keeps the claims of earlier epochs under their own names', async () => {
    const claims = {
      old: ticket(2, 77),
      own: ticket(3, 1),
      v1: { kind: 'V1' },
      lost: { kind: 'LOST' },
    } as const;
    await openGate(gate, coupon, { epoch: 3, claims });
    for (const [name, expected] of Object.entries(claims)) {
      expect(await claim(name)).toMatchObject({
        outcome: 'HELD',
        held: { claim: expected, admittedNow: false },
      });
    }
  });

  it('removes what earlier epochs and dead rebuilds left, and leaves what a later one is loading', async () => {
    const claims = (prefix: string) =>
      Object.fromEntries(users(250, prefix).map((name) => [name, ticket(1, 1)]));
    const buckets = (epoch: number) => fresh.redis.keys(`${fresh.keys.claimsPrefix(0)}${coupon}:${epoch}:*`);
    const given: GivenGate = { view: { capacity: 300 } };
    await openGate(gate, coupon, { ...given, epoch: 1, claims: claims('a') });
    await stageClaims(gate, coupon, { ...given, epoch: 2, claims: claims('b') });
    await stageClaims(gate, coupon, { ...given, epoch: 9, claims: claims('c') });
    await openGate(gate, coupon, { ...given, epoch: 3, claims: claims('d') });
    const left = await Promise.all([1, 2, 3, 9].map(buckets));
    expect(left.map((names) => names.length)).toEqual([0, 0, 3, 3]);
  });
});

describe('survivors', () => {
  it('are the claims of all buckets and the claims that wait in the queue', async () => {
    await openGate(gate, coupon, { epoch: 2, claims: { old: ticket(1, 7) }, view: { capacity: 1_000 } });
    await Promise.all(users(300).map((name) => gate.claim(at(), name, false)));
    const found = await survivors();
    const [claims, queued] = [found.slice(0, 301), found.slice(301)];
    expect(claims).toContainEqual({ userId: 'old', claim: ticket(1, 7) });
    expect(claims).toContainEqual({ userId: 'u300', claim: ticket(2, 300) });
    expect(new Set(claims.map(({ userId }) => userId)).size).toBe(301);
    expect(queued).toEqual(users(300).map((name, i) => ({ userId: name, claim: ticket(2, i + 1) })));
  });

  it('of one coupon are no other coupon’s, and unreadable entries are nobody’s', async () => {
    const mine = coupon;
    await openGate(gate, mine);
    await claim('mine');
    await fresh.redis.xadd(fresh.keys.queue(0), '*', 'what', 'is this');
    coupon = couponId(nextCoupon++);
    await openGate(gate, coupon);
    await claim('other');
    coupon = mine;
    expect(await survivors()).toMatchObject([{ userId: 'mine' }, { userId: 'mine' }]);
  });

  it('are none where there was no gate', async () => {
    expect(await survivors()).toEqual([]);
  });

  it('are read behind the first page of a long queue', async () => {
    await openGate(gate, coupon, { view: { capacity: 5_000 } });
    const entries = 1_500;
    const pipeline = fresh.redis.pipeline();
    for (let i = 1; i <= entries; i += 1) {
      pipeline.xadd(fresh.keys.queue(0), '*', 'c', coupon, 'e', 1, 'a', 1, 't', i, 'u', `u${i}`);
    }
    await pipeline.exec();
    expect(await survivors()).toHaveLength(entries);
  });
});

describe('a view of the row', () => {
  it('is absolute: taking it twice is the same as once', async () => {
    const { view } = await openGate(gate, coupon);
    const next = {
      ...view,
      version: 2,
      capacity: 33,
      state: 'PAUSED' as const,
      issueStartsAt: 5,
      issueEndsAt: 6,
    };
    expect(await gate.update([{ view: next, issuedByV1: [] }])).toEqual(['APPLIED']);
    const once = await stateOf();
    expect(once).toMatchObject({ version: '2', capacity: '33', state: 'PAUSED', startsAt: '5', endsAt: '6' });
    expect(await gate.update([{ view: next, issuedByV1: [] }])).toEqual(['APPLIED']);
    expect(await stateOf()).toEqual(once);
  });

  it('is ignored where a later one was there first', async () => {
    const { view } = await openGate(gate, coupon, { view: { version: 5 } });
    const before = await stateOf();
    expect(await gate.update([{ view: { ...view, version: 4, capacity: 99 }, issuedByV1: [] }])).toEqual([
      'STALE',
    ]);
    expect(await stateOf()).toEqual(before);
  });

  it('has versions that are compared as numbers', async () => {
    const { view } = await openGate(gate, coupon, { view: { version: 9 } });
    expect(await gate.update([{ view: { ...view, version: 10 }, issuedByV1: [] }])).toEqual(['APPLIED']);
  });

  it('brings the users of the V1 door as claims without a ticket, counted nowhere, also when the view is stale', async () => {
    const { view } = await openGate(gate, coupon, { view: { version: 5, capacity: 2 } });
    const stale = { view: { ...view, version: 4 }, issuedByV1: [user('v')] };
    expect(await gate.update([stale])).toEqual(['STALE']);
    expect(await claim('v')).toMatchObject({
      outcome: 'HELD',
      held: { claim: { kind: 'V1' }, admittedNow: false },
    });
    expect(await stateOf()).toMatchObject({ admitted: '0', tickets: '0' });
  });

  it('never overwrites the ticket of a user who claimed here first', async () => {
    const { view } = await openGate(gate, coupon);
    await claim('both');
    await gate.update([{ view: { ...view, version: 2 }, issuedByV1: [user('both')] }]);
    expect(await claim('both')).toMatchObject({ held: { claim: ticket(1, 1) } });
  });

  it('is answered for each coupon of several shards in the order of the question', async () => {
    const [open, missing, elsewhere] = [coupon, couponId(nextCoupon++), couponId(nextCoupon++)] as const;
    const here = await openGate(gate, open);
    const there = await openGate(gate, elsewhere, { view: { shard: 3, version: 7 } });
    const updates = [
      there.view,
      { ...here.view, couponId: missing },
      here.view,
      { ...there.view, version: 6 },
    ];
    const replies = await gate.update(updates.map((view) => ({ view, issuedByV1: [] })));
    expect(replies).toEqual(['APPLIED', 'NOT_INITIALISED', 'APPLIED', 'STALE']);
  });
});
