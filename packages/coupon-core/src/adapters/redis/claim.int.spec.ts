import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CouponId } from '../../coupon/ids.js';
import type { Claim, ClaimReply } from '../../issuance/gate.js';
import type { QueueEntry } from '../../issuance/issuance-queue.js';
import { couponId, user, users } from '../../testing/a-coupon.js';
import { aTraceparent } from '../../testing/a-traceparent.js';
import { type GivenGate, openGate } from '../../testing/an-open-gate.js';
import { FreshRedis } from '../../testing/fresh-redis.js';
import { rawClaim } from '../../testing/raw-claim.js';
import type { Traceparent } from '../../tracing/traceparent.js';
import { RedisGate } from './gate.redis.js';
import { decodeEntry } from './queue-entry.js';

const SHARD = 0;
const ENTRIES_MAX = 1_000;
const FUTURE = Date.now() + 3_600_000;
const PAST = Date.now() - 3_600_000;

let fresh: FreshRedis;
let gate: RedisGate;
let coupon: CouponId;
let nextCoupon = 1;

const at = (id = coupon) => ({ couponId: id, shard: SHARD });
const open = (given: GivenGate = {}) => openGate(gate, coupon, given);
const claim = (name: string, proven = false) => gate.claim(at(), user(name), proven);
const entries = () => fresh.redis.xlen(fresh.keys.queue(SHARD));
const newcomer = (() => {
  let n = 0;
  return () => `newcomer-${++n}`;
})();

/** A reply in one word: the ticket, the kind of the claim, or the code. */
function inShort(reply: ClaimReply): string {
  if (reply.outcome === 'REFUSED' || reply.outcome === 'SHRUNK') return reply.code;
  if (reply.outcome === 'UNAVAILABLE') return reply.reason;
  const { claim: held } = reply.held;
  return held.kind === 'TICKET' ? `ticket ${held.ticket}` : held.kind;
}

beforeAll(async () => {
  fresh = await FreshRedis.create();
  gate = new RedisGate(fresh.redis, fresh.keys, ENTRIES_MAX, 0);
});

beforeEach(async () => {
  coupon = couponId(nextCoupon++);
  await fresh.redis.del(fresh.keys.queue(SHARD), fresh.keys.drain(SHARD));
});

afterAll(() => fresh.close());

describe('a claim at the gate', () => {
  it('gives tickets in the order of arrival until the capacity is used up', async () => {
    await open({ view: { capacity: 3 } });
    const replies = await Promise.all(users(5).map((name) => gate.claim(at(), name, false)));
    expect(replies.map(inShort)).toEqual(['ticket 1', 'ticket 2', 'ticket 3', 'SOLD_OUT', 'SOLD_OUT']);
  });

  it('enqueues all that one call admitted as one entry, in the order of their tickets', async () => {
    await open();
    await Promise.all(users(3).map((name) => gate.claim(at(), name, false)));
    const [[, fields]] = (await fresh.redis.xrange(fresh.keys.queue(SHARD), '-', '+')) as [
      [string, string[]],
    ];
    expect(await entries()).toBe(1);
    expect(fields).toEqual([
      'c',
      `${coupon}`,
      'e',
      '1',
      'a',
      expect.stringMatching(/^\d{13}$/),
      't',
      '1',
      'u',
      'u1,u2,u3',
    ]);
  });

  it('carries the first trace of a call and coupon, and none where nobody is traced', async () => {
    const [other, untraced] = [couponId(nextCoupon++), couponId(nextCoupon++)];
    await open();
    for (const id of [other, untraced]) await openGate(gate, id);
    const ask = (id: CouponId, name: string, trace?: Traceparent) =>
      gate.claim(at(id), user(name), false, 1, trace);
    await Promise.all([
      ask(coupon, 'a'),
      ask(untraced, 'a'),
      ask(coupon, 'b', aTraceparent(2)),
      ask(other, 'a', aTraceparent(1)),
      ask(coupon, 'c', aTraceparent(3)),
    ]);
    const traced = (await fresh.redis.xrange(fresh.keys.queue(SHARD), '-', '+')).map(([id, fields]) => {
      const entry = decodeEntry(id, fields) as QueueEntry;
      return [entry.couponId, entry.traceContext];
    });
    expect(new Map(traced as [CouponId, string | null][])).toEqual(
      new Map([
        [coupon, aTraceparent(2)],
        [other, aTraceparent(1)],
        [untraced, null],
      ]),
    );
  });

  it('admits a user once who is twice in one call', async () => {
    await open();
    const replies = await Promise.all([claim('a'), claim('b'), claim('a')]);
    expect(replies.map(inShort)).toEqual(['ticket 1', 'ticket 2', 'ticket 1']);
    expect(replies.map((reply) => reply.outcome === 'HELD' && reply.held.admittedNow)).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('serves many coupons in one call, each with its own tickets and its own entry', async () => {
    const coupons = Array.from({ length: 20 }, () => couponId(nextCoupon++));
    for (const id of coupons) await openGate(gate, id, { view: { capacity: 2 } });
    const requests = ['a', 'b', 'c'].flatMap((name) => coupons.map((id) => ({ id, name })));
    const replies = await Promise.all(requests.map(({ id, name }) => gate.claim(at(id), user(name), false)));
    const expected = { a: 'ticket 1', b: 'ticket 2', c: 'SOLD_OUT' } as Record<string, string>;
    expect(replies.map(inShort)).toEqual(requests.map(({ name }) => expected[name]));
    expect(await entries()).toBe(20);
  });

  it('keeps a coupon without a gate apart from its neighbours in the same call', async () => {
    await open();
    const missing = couponId(nextCoupon++);
    const replies = await Promise.all([claim('a'), gate.claim(at(missing), user('a'), false), claim('b')]);
    expect(replies.map(inShort)).toEqual(['ticket 1', 'NOT_INITIALISED', 'ticket 2']);
  });

  it('is made by the same user at another coupon independently', async () => {
    await open();
    const other = couponId(nextCoupon++);
    await openGate(gate, other);
    await claim('a');
    expect(inShort(await gate.claim(at(other), user('a'), false))).toBe('ticket 1');
  });

  it('is looked up without being made', async () => {
    await open();
    expect(await gate.lookUp(at(), user('a'))).toEqual({ outcome: 'NONE' });
    await claim('a');
    expect(inShort((await gate.lookUp(at(), user('a'))) as ClaimReply)).toBe('ticket 1');
    expect(await entries()).toBe(1);
  });

  it('has no end where there is no limit', async () => {
    await open({ view: { capacity: Number.MAX_SAFE_INTEGER } });
    const replies = await Promise.all(users(300).map((name) => gate.claim(at(), name, false)));
    expect(new Set(replies.map(inShort)).size).toBe(300);
  });
});

describe('a script that is sent again', () => {
  /** The same call through two connections, both under way at once. */
  const sendTwice = async (names: string[]) => {
    const connections = [fresh.redis, await fresh.connect()];
    return Promise.all(connections.map((redis) => rawClaim(redis, fresh.keys, coupon, names.map(user))));
  };

  it('returns the same tickets and adds no second entry', async () => {
    await open();
    const other = await fresh.connect();
    const names = users(3);
    const first = await rawClaim(fresh.redis, fresh.keys, coupon, names);
    const second = await rawClaim(other, fresh.keys, coupon, names);
    expect(first.answers).toEqual([1, 2, 3]);
    expect(second.answers).toEqual(['1', '2', '3']);
    expect(await entries()).toBe(1);
  });

  it('does so also when both are under way at once', async () => {
    await open();
    const [one, two] = await sendTwice(['a', 'b']);
    expect(one!.answers.map(Number)).toEqual(two!.answers.map(Number));
    expect(await entries()).toBe(1);
  });

  it('counts nobody twice against the capacity', async () => {
    await open({ view: { capacity: 4 } });
    await sendTwice(['a', 'b']);
    const later = await rawClaim(fresh.redis, fresh.keys, coupon, users(3));
    expect(later.answers).toEqual([3, 4, -6]);
  });
});

describe('what the gate judges first', () => {
  const SETTLING = { settlementMs: 3_600_000 };
  const winners: Record<string, Claim> = {
    winner: { kind: 'TICKET', epoch: 1, ticket: 1 },
    'by V1': { kind: 'V1' },
    lost: { kind: 'LOST' },
  };
  /** Each gate has mended the first fault of the one before; all that follow are still there. */
  const LADDER: [code: string, given: GivenGate][] = [
    [
      'NOT_STARTED',
      { ...SETTLING, view: { issueStartsAt: FUTURE, issueEndsAt: PAST, state: 'PAUSED', capacity: 0 } },
    ],
    ['ENDED', { ...SETTLING, view: { issueEndsAt: PAST, state: 'PAUSED', capacity: 0 } }],
    ['PAUSED', { ...SETTLING, view: { state: 'PAUSED', capacity: 0 } }],
    ['CLOSED', { ...SETTLING, view: { state: 'CLOSED', capacity: 0 } }],
    ['SOLD_OUT', { ...SETTLING, view: { capacity: 0 } }],
    ['SETTLING', SETTLING],
    ['ticket 1', {}],
  ];

  it.each(LADDER)('to a newcomer: %s', async (code, given) => {
    await open({ ...given, claims: winners });
    expect(inShort(await claim('newcomer'))).toBe(code);
  });

  it.each(LADDER)(
    'nothing of all that to the holder of an earlier claim (where a newcomer reads %s)',
    async (_code, given) => {
      await open({ ...given, claims: winners });
      const replies = await Promise.all([
        claim('winner'),
        claim('by V1', true),
        claim('lost', true),
        claim('winner', true),
      ]);
      expect(replies.map(inShort)).toEqual(['ticket 1', 'V1', 'LOST', 'ticket 1']);
      expect(await entries()).toBe(0);
    },
  );

  it.each(LADDER)(
    'a verified receipt, before everything that refuses (where a newcomer reads %s)',
    async (_code, given) => {
      await open(given);
      const left = given.view?.capacity !== 0;
      const first = inShort(await claim('holder', true));
      expect(first).toBe(left ? 'ticket 1' : 'LOST');
      expect(inShort(await claim('holder', true))).toBe(first);
      expect(inShort(await claim('holder'))).toBe(first);
      expect(await entries()).toBe(1);
    },
  );

  it('not started before ended, which only clocks that were set wrongly can bring together', async () => {
    await open({ view: { issueStartsAt: FUTURE, issueEndsAt: PAST } });
    expect(inShort(await claim('a'))).toBe('NOT_STARTED');
  });
});

describe("a winner's repeat", () => {
  it.each([
    ['after the end', { issueEndsAt: PAST }],
    ['while paused', { state: 'PAUSED' }],
    ['when closed', { state: 'CLOSED' }],
    ['when sold out', { capacity: 1 }],
  ] as [string, Partial<GivenGate['view'] & object>][])(
    '%s is the claim, never a refusal',
    async (_when, change) => {
      const { view } = await open();
      await claim('winner');
      await gate.update([{ view: { ...view, ...change, version: view.version + 1 }, issuedByV1: [] }]);
      expect(inShort(await claim(newcomer()))).not.toMatch(/^ticket/);
      expect(inShort(await claim('winner'))).toBe('ticket 1');
      expect(inShort((await gate.lookUp(at(), user('winner'))) as ClaimReply)).toBe('ticket 1');
    },
  );
});

describe('losses', () => {
  it('are enqueued without a ticket, beside the tickets of the same call', async () => {
    await open({ view: { capacity: 1 } });
    const replies = await Promise.all([claim('a'), claim('b', true)]);
    expect(replies.map(inShort)).toEqual(['ticket 1', 'LOST']);
    const [[, fields]] = (await fresh.redis.xrange(fresh.keys.queue(SHARD), '-', '+')) as [
      [string, string[]],
    ];
    expect(fields.slice(6)).toEqual(['t', '1', 'u', 'a', 'l', 'b']);
  });

  it('do not count against the capacity', async () => {
    const { view } = await open({ view: { capacity: 0 } });
    await claim('lost', true);
    await gate.update([{ view: { ...view, capacity: 1, version: view.version + 1 }, issuedByV1: [] }]);
    expect(inShort(await claim('a'))).toBe('ticket 1');
  });
});

describe('a full queue', () => {
  it('answers QUEUE_FULL to newcomers and receipts, and still its claim to whoever holds one', async () => {
    const small = new RedisGate(fresh.redis, fresh.keys, 1);
    await open({ view: { capacity: 2 } });
    expect(inShort(await small.claim(at(), user('a'), false))).toBe('ticket 1');
    const replies = await Promise.all([
      small.claim(at(), user('b'), false),
      small.claim(at(), user('c'), true),
      small.claim(at(), user('a'), false),
      small.lookUp(at(), user('a')) as Promise<ClaimReply>,
    ]);
    expect(replies.map(inShort)).toEqual(['QUEUE_FULL', 'QUEUE_FULL', 'ticket 1', 'ticket 1']);
    expect(await entries()).toBe(1);
  });

  it('answers QUEUE_FULL to a receipt too when no unit is left: a loss that is not recorded is none', async () => {
    const small = new RedisGate(fresh.redis, fresh.keys, 1);
    await open({ view: { capacity: 1 } });
    await small.claim(at(), user('a'), false);
    expect(inShort(await small.claim(at(), user('b'), true))).toBe('QUEUE_FULL');
    await fresh.redis.del(fresh.keys.queue(SHARD));
    expect(inShort(await small.claim(at(), user('b'), true))).toBe('LOST');
  });

  it('has used up nothing: once it is drained the same people are admitted', async () => {
    const small = new RedisGate(fresh.redis, fresh.keys, 1);
    await open({ view: { capacity: 2 } });
    await small.claim(at(), user('a'), false);
    await small.claim(at(), user('b'), false);
    await fresh.redis.del(fresh.keys.queue(SHARD));
    expect(inShort(await small.claim(at(), user('b'), false))).toBe('ticket 2');
  });
});
