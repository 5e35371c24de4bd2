import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CouponId, UserId } from '../../coupon/ids.js';
import { couponId, user, users } from '../../testing/a-coupon.js';
import { allOf } from '../../testing/all-of.js';
import { aBuiltGate, openGate, stageClaims } from '../../testing/an-open-gate.js';
import { FreshRedis } from '../../testing/fresh-redis.js';
import { printedSeed, seededRandom } from '../../testing/seed.js';
import { grownBuckets } from './bucket-splitter.js';
import { RedisGate } from './gate.redis.js';
import { hashOf } from './keys.js';

const SHARD = 0;
const BYTES_PER_CLAIM_MAX = 16;

let fresh: FreshRedis;
/** As two processes have them. */
let gates: [RedisGate, RedisGate];
let coupon: CouponId;
let nextCoupon = 1;

beforeAll(async () => {
  fresh = await FreshRedis.create();
  gates = [
    new RedisGate(fresh.redis, fresh.keys, 1_000_000),
    new RedisGate(await fresh.connect(), fresh.keys, 1_000_000),
  ];
});

beforeEach(() => {
  coupon = couponId(nextCoupon++);
});

afterAll(() => fresh.close());

const at = () => ({ couponId: coupon, shard: SHARD });
const header = () => fresh.redis.hgetall(fresh.keys.gate(SHARD, coupon));
const bucketNames = (epoch: number) =>
  fresh.redis.keys(`${fresh.keys.claimsPrefix(SHARD)}${coupon}:${epoch}:*`);

/** Open for `before` units, and then raised; the buckets are those of before. */
async function raised(before: number, to: number): Promise<void> {
  const { view } = await openGate(gates[0], coupon, { view: { capacity: before } });
  await gates[0].update([{ view: { ...view, version: view.version + 1, capacity: to }, issuedByV1: [] }]);
}

async function growFully(gate = gates[0]): Promise<number> {
  let steps = 1;
  while (await gate.grow(at())) steps += 1;
  return steps;
}

/** User → ticket of every claim, from the buckets themselves, each found where its hash says. */
async function claimsByHand(): Promise<Map<string, string>> {
  const { epoch, buckets } = await header();
  const found = new Map<string, string>();
  for (const name of await bucketNames(Number(epoch))) {
    const bucket = Number(name.split(':').at(-1));
    for (const [holder, text] of Object.entries(await fresh.redis.hgetall(name))) {
      const [of] = holder.split('#');
      expect([holder, hashOf(of as UserId) % Number(buckets)]).toEqual([holder, bucket]);
      expect(found.has(holder)).toBe(false);
      found.set(holder, text);
    }
  }
  return found;
}

/** The independent record of who was told what; every further answer must be the same. */
class Judge {
  readonly tickets = new Map<string, number>();
  readonly faults: string[] = [];

  /** `before`: what was known when the question was sent. */
  hear(name: string, before: number | undefined, ticket: number | null): void {
    const known = ticket === null ? before : this.tickets.get(name);
    if (known !== undefined && known !== ticket) this.faults.push(`${name} held ${known}, then ${ticket}`);
    if (known === undefined && ticket !== null) this.tickets.set(name, ticket);
  }
}

/** Random claims, repeats and look-ups through both processes until `calls` were made. */
async function rush(
  random: () => number,
  judge: Judge,
  names: readonly UserId[],
  calls: number,
): Promise<void> {
  const one = async () => {
    const name = names[Math.floor(random() * names.length)]!;
    const gate = gates[random() < 0.5 ? 0 : 1];
    const before = judge.tickets.get(name);
    const reply = random() < 0.7 ? await gate.claim(at(), name, false) : await gate.lookUp(at(), name);
    if (reply.outcome === 'NONE') return judge.hear(name, before, null);
    if (reply.outcome !== 'HELD') throw new Error(`${name}: ${JSON.stringify(reply)}`);
    judge.hear(name, before, reply.held.claim.kind === 'TICKET' ? reply.held.claim.ticket : -1);
  };
  const lane = async (count: number) => {
    for (let i = 0; i < count; i += 1) await one();
  };
  const LANES = 64;
  await Promise.all(Array.from({ length: LANES }, () => lane(calls / LANES)));
}

/** Ids of all shapes, since the script has to compute their hashes by itself. */
const odd = (count: number): UserId[] =>
  users(count).map((name, i) => user([name, `${i}`, `${i}.|@_:-Zz`, `${name}-`.padEnd(64, `${i}x`)][i % 4]!));

describe('how many buckets a gate grows to', () => {
  it.each([
    [1, 100, 90, null],
    [1, 250, 0, 4],
    [1, 100, 299, 4],
    [1, 100, 200, null],
    [10, 100_000, 100, 1_280],
    [10, 2_900, 290, null],
    [1_024, Number.MAX_SAFE_INTEGER, 200, null],
    [1_024, Number.MAX_SAFE_INTEGER, 300, 4_096],
    [3, Number.MAX_SAFE_INTEGER, 10, 1_536],
  ])('%p buckets with a capacity of %p and %p claims in one: %p', (buckets, capacity, fullness, grown) => {
    expect(grownBuckets(buckets, capacity, fullness)).toBe(grown);
  });
});

describe('a gate that grows while it admits', () => {
  it('gives nobody a second ticket and loses nobody’s claim', async () => {
    const seed = printedSeed();
    const random = seededRandom(seed);
    const judge = new Judge();
    const names = odd(2_000);
    await raised(1_000, 100_000);
    await rush(random, judge, names, 3_200);
    const growth = Promise.all(gates.map(growFully));
    await rush(random, judge, names, 6_400);
    const [first, second] = await growth;
    expect(Math.min(first!, second!)).toBeGreaterThan(1);
    await rush(random, judge, names, 3_200);
    expect(judge.faults).toEqual([]);
    expect(await header()).toMatchObject({ buckets: '1280', admitted: `${judge.tickets.size}` });
    expect(await header()).not.toHaveProperty('splitTo');
    expect(new Set(judge.tickets.values()).size).toBe(judge.tickets.size);
    const held = [...(await claimsByHand())].map(([name, text]) => [name, Number(text)] as const);
    expect(new Map(held)).toEqual(judge.tickets);
  });

  it('would give second tickets if claims were looked for in the new buckets before they are divided', async () => {
    const random = seededRandom(1);
    const judge = new Judge();
    const names = odd(1_000);
    await raised(1_000, 100_000);
    await rush(random, judge, names, 3_200);
    expect(await gates[0].grow(at())).toBe(true);
    await fresh.redis.hset(fresh.keys.gate(SHARD, coupon), 'split', 10);
    await rush(random, judge, names, 3_200);
    expect(judge.faults.length).toBeGreaterThan(100);
  });

  it('keeps V1’s winners, and several claims of one user together', async () => {
    const { view } = await openGate(gates[0], coupon, { view: { capacity: 1_000 } });
    const winners = odd(3_500);
    await gates[0].update([{ view, issuedByV1: winners }]);
    const bucket = fresh.keys.claims(SHARD, coupon, 1, hashOf(user('many')) % 10);
    await fresh.redis.hset(bucket, 'many#a', '1', 'many#b', '2');
    expect(await growFully()).toBeGreaterThan(1);
    expect([...(await claimsByHand()).keys()].sort()).toEqual([...winners, 'many#a', 'many#b'].sort());
  });

  it('goes on where a driver died, whoever comes next', async () => {
    await raised(1_000, 100_000);
    await Promise.all(users(1_000).map((name) => gates[0].claim(at(), name, false)));
    expect(await gates[0].grow(at())).toBe(true);
    // What another would choose now makes no difference any more.
    await gates[1].update([
      { view: { ...aBuiltGate(coupon).view, version: 9, capacity: 1_000_000 }, issuedByV1: [] },
    ]);
    await growFully(gates[1]);
    expect(await header()).toMatchObject({ buckets: '1280' });
    await growFully(gates[1]);
    expect(await header()).toMatchObject({ buckets: '10240' });
    expect((await claimsByHand()).size).toBe(1_000);
    expect(await gates[0].grow(at())).toBe(false);
  });

  it('stands still while it is rebuilt; the new gate is large enough at once, and nothing of the old one remains', async () => {
    await raised(1_000, 100_000);
    const names = users(1_000);
    await Promise.all(names.map((name) => gates[0].claim(at(), name, false)));
    expect(await gates[0].grow(at())).toBe(true);
    await gates[1].fence(at(), 2);
    const shut = await header();
    expect(await gates[0].grow(at())).toBe(false);
    expect(await header()).toEqual(shut);
    const claims = await allOf(gates[1].readSurvivors(at()));
    expect(new Set(claims.map(({ userId }) => userId))).toEqual(new Set(names));
    const built = await stageClaims(gates[1], coupon, {
      epoch: 2,
      view: { version: 9, capacity: 100_000 },
      admitted: 1_000,
      claims: Object.fromEntries(claims.map(({ userId, claim }) => [userId, claim])),
    });
    expect(await gates[1].switchTo(at(), built)).toBe(true);
    expect(await header()).toMatchObject({ epoch: '2', buckets: '1000' });
    expect(await header()).not.toHaveProperty('splitTo');
    expect(await bucketNames(1)).toEqual([]);
    expect((await claimsByHand()).size).toBe(1_000);
    expect(await gates[0].grow(at())).toBe(false);
  });

  it('does nothing where there is no gate, or one of another run of the server', async () => {
    expect(await gates[0].grow(at())).toBe(false);
    await raised(100, 100_000);
    await fresh.redis.hset(fresh.keys.gate(SHARD, coupon), 'runId', 'another');
    expect(await gates[0].grow(at())).toBe(false);
    expect(await header()).toMatchObject({ buckets: '1' });
  });
});

describe('memory of a gate that was outgrown fivefold', () => {
  it('is within the bound of 16 bytes a claim again, with every bucket in the compact encoding', async () => {
    const COUNT = 30_000;
    await raised(6_000, COUNT);
    for (let from = 0; from < COUNT; from += 10_000) {
      const names = Array.from({ length: 10_000 }, (_, i) => user(from + i + 1));
      await Promise.all(names.map((name) => gates[0].claim(at(), name, false)));
    }
    const before = await measure();
    await growFully();
    const after = await measure();
    console.log(`bytes a claim: ${before.bytes / COUNT} before, ${after.bytes / COUNT} after`);
    expect(before.encodings).toContain('hashtable');
    expect(after.encodings).toEqual(new Set(['listpack']));
    expect(before.bytes / COUNT).toBeGreaterThan(BYTES_PER_CLAIM_MAX);
    expect(after.bytes / COUNT).toBeLessThanOrEqual(BYTES_PER_CLAIM_MAX);
  });
});

async function measure(): Promise<{ bytes: number; encodings: Set<string> }> {
  const pipeline = fresh.redis.pipeline();
  for (const name of await bucketNames(1))
    pipeline.memory('USAGE', name, 'SAMPLES', 0).object('ENCODING', name);
  const replies = ((await pipeline.exec()) ?? []).map(([, reply]) => reply as number | string);
  const bytes = replies.filter((reply) => typeof reply === 'number').reduce((sum, of) => sum + of, 0);
  return { bytes, encodings: new Set(replies.filter((reply) => typeof reply === 'string')) };
}
