import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GateView } from '../../coupon/coupon.js';
import { couponId, user } from '../../testing/a-coupon.js';
import { openGate } from '../../testing/an-open-gate.js';
import { FreshRedis } from '../../testing/fresh-redis.js';
import { rawClaim } from '../../testing/raw-claim.js';
import { RedisGate } from './gate.redis.js';

const COUPON = couponId(1);
const CALLS_AT_ONCE = 40;
const TRIES_MAX = 200;
const NOT_STARTED = -2;
const ENDED = -3;

let fresh: FreshRedis;
let gate: RedisGate;
let view: GateView;
let asked = 0;

beforeAll(async () => {
  fresh = await FreshRedis.create();
  gate = new RedisGate(fresh.redis, fresh.keys, 1_000_000);
  ({ view } = await openGate(gate, COUPON, { view: { capacity: Number.MAX_SAFE_INTEGER } }));
});

afterAll(() => fresh.close());

/** Sets one edge of the window a few milliseconds ahead, and lets newcomers ask until it has passed. */
async function askAround(edge: 'issueStartsAt' | 'issueEndsAt', aheadMs: number) {
  const [seconds, micros] = (await fresh.redis.time()).map(Number) as [number, number];
  const edgeAt = seconds * 1_000 + Math.floor(micros / 1_000) + aheadMs;
  view = { ...view, [edge]: edgeAt, version: view.version + 1 };
  await gate.update([{ view, issuedByV1: [] }]);
  const seen: { offsetMs: number; answer: string | number }[] = [];
  while ((seen.at(-1)?.offsetMs ?? -1) <= 1) {
    const calls = Array.from({ length: CALLS_AT_ONCE }, () =>
      rawClaim(fresh.redis, fresh.keys, COUPON, [user(`user-${++asked}`)]),
    );
    for (const { gateTime, answers } of await Promise.all(calls)) {
      seen.push({ offsetMs: gateTime - edgeAt, answer: answers[0]! });
    }
  }
  return seen;
}

/** Repeats until a decision was made in the very last millisecond before the edge and in the first one behind it. */
async function decisionsAround(edge: 'issueStartsAt' | 'issueEndsAt') {
  const all: Awaited<ReturnType<typeof askAround>> = [];
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    all.push(...(await askAround(edge, 5)));
    if (all.some(({ offsetMs }) => offsetMs === -1) && all.some(({ offsetMs }) => offsetMs === 0)) return all;
  }
  throw new Error(`No decision fell into the milliseconds around the edge in ${TRIES_MAX} tries.`);
}

describe("the window, by Redis's clock", () => {
  it('starts exactly at its first millisecond', async () => {
    for (const { offsetMs, answer } of await decisionsAround('issueStartsAt')) {
      if (offsetMs < 0) expect({ offsetMs, answer }).toEqual({ offsetMs, answer: NOT_STARTED });
      else expect({ offsetMs, admitted: Number(answer) > 0 }).toEqual({ offsetMs, admitted: true });
    }
  });

  it('ends exactly before its end', async () => {
    for (const { offsetMs, answer } of await decisionsAround('issueEndsAt')) {
      if (offsetMs >= 0) expect({ offsetMs, answer }).toEqual({ offsetMs, answer: ENDED });
      else expect({ offsetMs, admitted: Number(answer) > 0 }).toEqual({ offsetMs, admitted: true });
    }
  });

  it('is left in the queue entry as the time that it was judged by', async () => {
    view = { ...view, issueEndsAt: Date.now() + 3_600_000, version: view.version + 1 };
    await gate.update([{ view, issuedByV1: [] }]);
    const { gateTime } = await rawClaim(fresh.redis, fresh.keys, COUPON, [user('last')]);
    const [[, fields]] = (await fresh.redis.xrevrange(fresh.keys.queue(0), '+', '-', 'COUNT', 1)) as [
      [string, string[]],
    ];
    expect(fields.slice(4, 6)).toEqual(['a', `${gateTime}`]);
  });
});
