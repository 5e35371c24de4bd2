import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { GateView } from '../../coupon/coupon.js';
import type { CouponId, UserId } from '../../coupon/ids.js';
import type { BuiltGate } from '../../issuance/gate.js';
import { couponId, user, users } from '../../testing/a-coupon.js';
import { aBuiltGate, type GivenGate, openGate } from '../../testing/an-open-gate.js';
import { FreshRedis } from '../../testing/fresh-redis.js';
import { RedisGate } from './gate.redis.js';

const SHARD = 0;
/** Nothing in these tests waits for it. */
const DELAY_MS = 3_600_000;
const winners = users(3, 'winner');
const newcomer = user('newcomer');

let fresh: FreshRedis;
let gate: RedisGate;
/** The same gate for a caller whose reopenings are not delayed. */
let undelayed: RedisGate;
let coupon: CouponId;
let nextCoupon = 1;
let built: BuiltGate;

const at = () => ({ couponId: coupon, shard: SHARD });
const mark = () => gate.readLeaseMark(SHARD);
const claim = async (userId: UserId, proven = false) => {
  const reply = await gate.claim(at(), userId, proven);
  if (reply.outcome === 'HELD') return reply.held.claim.kind;
  return reply.outcome === 'UNAVAILABLE' ? reply.reason : reply.code;
};
const update = (view: Partial<GateView>, by = gate) => {
  built = { ...built, view: { ...built.view, ...view, version: built.view.version + 1 } };
  return by.update([{ view: built.view, issuedByV1: [] }]);
};
const gateField = (name: string) => fresh.redis.hget(fresh.keys.gate(SHARD, coupon), name);

/** Open, with the three winners inside and no unit left; every part may be given. */
async function soldOut(given: GivenGate = {}): Promise<void> {
  built = await openGate(gate, coupon, { view: { capacity: 3 } });
  for (const winner of winners) await claim(winner);
  if (given.view) await update(given.view, undelayed);
}

beforeAll(async () => {
  fresh = await FreshRedis.create();
  gate = new RedisGate(fresh.redis, fresh.keys, 1_000, DELAY_MS);
  undelayed = new RedisGate(fresh.redis, fresh.keys, 1_000, 0);
});

beforeEach(() => {
  coupon = couponId(nextCoupon++);
});

afterAll(() => fresh.close());

describe('a lease is given', () => {
  it('where all is sold, with a list of those who hold a claim and the time that is left', async () => {
    await soldOut();
    const offer = (await gate.offerLease(at()))!;
    expect(offer.mark).toBe(await mark());
    expect(offer.windowMs).toBeGreaterThan(0);
    expect(offer.windowMs).toBeLessThanOrEqual(built.view.issueEndsAt - Date.now() + 60_000);
    expect(winners.map((winner) => offer.claims.mayHold(winner))).toEqual([true, true, true]);
    expect(offer.claims.mayHold(newcomer)).toBe(false);
  });

  it('for a coupon that never had a unit', async () => {
    built = await openGate(gate, coupon, { view: { capacity: 0 } });
    expect((await gate.offerLease(at()))?.claims.mayHold(newcomer)).toBe(false);
  });

  it.each<[string, GivenGate]>([
    ['a unit is left', { view: { capacity: 4 } }],
    ['it is paused', { view: { state: 'PAUSED' } }],
    ['it is closed', { view: { state: 'CLOSED' } }],
    ['the window has not begun', { view: { issueStartsAt: Date.now() + 3_600_000 } }],
    ['the window is over', { view: { issueStartsAt: 1, issueEndsAt: 2 } }],
  ])('to nobody where %s', async (_why, given) => {
    await soldOut(given);
    expect(await gate.offerLease(at())).toBeNull();
  });

  it('to nobody where there is no gate, or it is shut for a rebuild', async () => {
    expect(await gate.offerLease(at())).toBeNull();
    await soldOut();
    await gate.fence(at(), 2);
    expect(await gate.offerLease(at())).toBeNull();
  });

  it('to nobody where the list would be larger than its bound', async () => {
    const many = 1_000_001;
    await openGate(gate, coupon, { view: { capacity: many }, admitted: many });
    expect(await gate.offerLease(at())).toBeNull();
    expect(await gateField('list')).toBeNull();
  });
});

describe('the list', () => {
  it('is made by one caller; the others wait for it, and then have it too', async () => {
    await soldOut();
    const offers = await Promise.all([1, 2, 3].map(() => gate.offerLease(at())));
    expect(offers.filter((offer) => offer !== null)).toHaveLength(1);
    expect(await gate.offerLease(at())).not.toBeNull();
  });

  it('is made by another caller where the first one died', async () => {
    await soldOut();
    await gate.offerLease(at());
    await fresh.redis.hdel(fresh.keys.gate(SHARD, coupon), 'listReady');
    expect(await gate.offerLease(at())).toBeNull();
    await fresh.redis.hset(fresh.keys.gate(SHARD, coupon), 'listDueAt', 1);
    expect((await gate.offerLease(at()))?.claims.mayHold(winners[0]!)).toBe(true);
  });

  it('is kept by the gate from then on', async () => {
    await soldOut();
    await gate.offerLease(at());
    await update({ capacity: 4 }, undelayed);
    expect(await claim(user('later'))).toBe('TICKET');
    // Nobody reads the buckets a second time.
    await fresh.redis.unlink(fresh.keys.claims(SHARD, coupon, 1, 0));
    const { claims } = (await gate.offerLease(at()))!;
    expect([...winners, user('later')].map((each) => claims.mayHold(each))).toEqual([true, true, true, true]);
  });

  it('holds who came while it was being made', async () => {
    await soldOut();
    await gate.offerLease(at());
    await fresh.redis.hdel(fresh.keys.gate(SHARD, coupon), 'listReady');
    await update({ capacity: 4 }, undelayed);
    await claim(user('meanwhile'));
    await fresh.redis.hset(fresh.keys.gate(SHARD, coupon), 'listDueAt', 1);
    expect((await gate.offerLease(at()))?.claims.mayHold(user('meanwhile'))).toBe(true);
  });

  it('is made anew, larger, when it has become too small', async () => {
    await soldOut();
    await gate.offerLease(at());
    const small = await gateField('list');
    const many = 2_000;
    await update({ capacity: many }, undelayed);
    await Promise.all(users(many - winners.length).map((each) => claim(each)));
    const { claims } = (await gate.offerLease(at()))!;
    expect(claims.bytes).toBe((16 * many) / 8);
    expect(users(many - winners.length).every((each) => claims.mayHold(each))).toBe(true);
    const wrong = users(1_000, 'other').filter((each) => claims.mayHold(each)).length;
    expect(wrong).toBeLessThan(150);
    expect(await fresh.redis.exists(small!)).toBe(0);
  });

  it('is not completed from buckets that have been divided meanwhile', async () => {
    await soldOut();
    const hkeys = fresh.redis.pipeline.bind(fresh.redis);
    const reading = new RedisGate(
      Object.create(fresh.redis, {
        pipeline: {
          value: () => {
            void fresh.redis.hset(fresh.keys.gate(SHARD, coupon), 'buckets', 4);
            return hkeys();
          },
        },
      }) as typeof fresh.redis,
      fresh.keys,
      1_000,
    );
    expect(await reading.offerLease(at())).toBeNull();
    expect(await gateField('listReady')).toBeNull();
  });

  it('goes with its gate when that is rebuilt', async () => {
    await soldOut();
    await gate.offerLease(at());
    const list = await gateField('list');
    await openGate(gate, coupon, { epoch: 2, view: { capacity: 3 }, admitted: 3 });
    expect(await fresh.redis.exists(list!)).toBe(0);
    expect((await gate.offerLease(at()))?.claims.mayHold(winners[0]!)).toBe(false);
  });
});

describe('the mark', () => {
  const MOVES: [string, () => Promise<unknown>][] = [
    ['units come back', () => update({ capacity: 4 })],
    ['it is paused', () => update({ state: 'PAUSED' })],
    ['the window is moved', () => update({ issueEndsAt: built.view.issueEndsAt + 1 })],
    ['a rebuild shuts the gate', () => gate.fence(at(), 2)],
    ['somebody whose claim was lost is told so', () => claim(user('lost'), true)],
    [
      'V1 has issued',
      () => gate.update([{ view: { ...built.view, version: 0 }, issuedByV1: [user('by V1')] }]),
    ],
  ];

  it.each(MOVES)('moves when %s', async (_what, move) => {
    await soldOut();
    const { mark: before } = (await gate.offerLease(at()))!;
    await move();
    const after = await mark();
    expect(after).not.toBeNull();
    expect(after).not.toBe(before);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a winner comes again', () => claim(winners[0]!)],
    ['a newcomer is refused', () => claim(newcomer)],
    ['the same view is heard again', () => gate.update([{ view: built.view, issuedByV1: [] }])],
    [
      'an older view comes late',
      () => gate.update([{ view: { ...built.view, version: 0, capacity: 9 }, issuedByV1: [] }]),
    ],
    ['the total is lowered', () => update({ capacity: 2 })],
  ])('stays when %s', async (_what, move) => {
    await soldOut();
    const { mark: before } = (await gate.offerLease(at()))!;
    await move();
    expect(await mark()).toBe(before);
    expect(await gate.offerLease(at())).not.toBeNull();
  });

  it('of another run of the server is none', async () => {
    await soldOut();
    const { mark: before } = (await gate.offerLease(at()))!;
    await fresh.redis.set(fresh.keys.leaseMark(SHARD), before.replace(/^.{8}/, '00000000'));
    expect(await mark()).toBeNull();
    expect((await gate.offerLease(at()))?.mark).not.toBe(before);
  });

  it('that was lost does not come back', async () => {
    await soldOut();
    const { mark: before } = (await gate.offerLease(at()))!;
    await fresh.redis.unlink(fresh.keys.leaseMark(SHARD));
    expect(await mark()).toBeNull();
    expect((await gate.offerLease(at()))?.mark).not.toBe(before);
  });
});

describe('a gate that has units again (I6)', () => {
  const sellsFrom = async () => Number(await gateField('sellsFrom'));

  it('says "sold out" without a lease, and asks a receipt to come again', async () => {
    await soldOut();
    await update({ capacity: 5 });
    expect(await claim(newcomer)).toBe('SOLD_OUT');
    expect(await gate.offerLease(at())).toBeNull();
    expect(await claim(user('lost'), true)).toBe('SETTLING');
    expect(await claim(winners[0]!)).toBe('TICKET');
  });

  it('does not move the moment from which it sells', async () => {
    await soldOut();
    await update({ capacity: 5 });
    const first = await sellsFrom();
    await update({ capacity: 6 });
    await update({ state: 'PAUSED' });
    await update({ state: 'OPEN' });
    expect(await sellsFrom()).toBe(first);
  });

  it('waits also where they came back during a pause', async () => {
    await soldOut({ view: { state: 'PAUSED' } });
    await update({ capacity: 5 });
    expect(await claim(user('lost'), true)).toBe('SETTLING');
    await update({ state: 'OPEN' });
    expect(await claim(newcomer)).toBe('SOLD_OUT');
  });

  it('does not wait at a resume, nor where it never was sold out', async () => {
    built = await openGate(gate, coupon, { view: { capacity: 3 } });
    await update({ state: 'PAUSED' });
    await update({ state: 'OPEN' });
    await update({ capacity: 5 });
    expect(await claim(newcomer)).toBe('TICKET');
  });

  it('waits after a rebuild for as long as the rebuild says', async () => {
    await openGate(gate, coupon, { view: { capacity: 3 }, reopenDelayMs: DELAY_MS });
    expect([await claim(newcomer), await claim(user('lost'), true)]).toEqual(['SOLD_OUT', 'SETTLING']);
    await openGate(gate, coupon, { ...aBuiltGate(coupon), epoch: 2, claims: {} });
    expect(await claim(newcomer)).toBe('TICKET');
  });
});
