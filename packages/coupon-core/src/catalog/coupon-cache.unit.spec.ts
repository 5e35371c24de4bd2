import { beforeEach, describe, expect, it } from '@jest/globals';
import { couponId } from '../testing/a-coupon.js';
import { aReading } from '../testing/coupon-level-contract.js';
import { ScriptedCouponStore } from '../testing/scripted-coupon-store.js';
import { CouponCache, type FoundCoupon } from './coupon-cache.js';
import type { KeptReading } from './coupon-level.js';
import { LocalLevel } from './local-level.js';

const id = couponId(7);

/** L2 as a test wants it: what it holds may be set, and its answers held back. */
class ScriptedLevel {
  readonly kept = new Map<number, KeptReading>();
  before: () => Promise<unknown> = () => Promise.resolve();
  gets = 0;

  async get(of: number): Promise<KeptReading | undefined> {
    this.gets += 1;
    const kept = this.kept.get(of);
    await this.before();
    return kept;
  }

  put = (readings: ReadonlyMap<number, KeptReading>): boolean => {
    for (const [of, kept] of readings) this.kept.set(of, kept);
    return true;
  };
}

let store: ScriptedCouponStore;
let shared: ScriptedLevel;
let cache: CouponCache;

beforeEach(() => {
  store = new ScriptedCouponStore();
  shared = new ScriptedLevel();
  cache = new CouponCache(new LocalLevel(), shared, store);
});

const versionAndSource = async () => {
  const { reading, from } = await cache.find(id);
  return [reading?.coupon.version, from];
};
const row = (version: number) => store.rows.set(id, aReading(id, version));
/** What a change of this process has left. */
const keep = (version: number) => {
  row(version);
  return cache.keep(id, { reading: aReading(id, version), trueAt: performance.now() });
};

/** Somebody who has read the row, and whose answer is held back. */
async function earlyReader(): Promise<{ found: Promise<FoundCoupon>; answer(): void }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  store.before = () => promise;
  const found = Promise.resolve(cache.find(id));
  while (store.looks.length === 0) await new Promise((next) => setImmediate(next));
  store.before = () => Promise.resolve();
  return { found, answer: resolve };
}

describe('finding a coupon', () => {
  it('asks the row, then this process, and another process L2', async () => {
    row(1);
    expect(await versionAndSource()).toEqual([1, 'DB']);
    expect(await versionAndSource()).toEqual([1, 'L1']);
    cache.dropAll();
    expect(await versionAndSource()).toEqual([1, 'L2']);
    expect(await versionAndSource()).toEqual([1, 'L1']);
    expect(store.looks).toEqual([[id]]);
  });

  it('reads a row once for everybody who comes meanwhile', async () => {
    row(1);
    const found = await Promise.all(Array.from({ length: 100 }, () => cache.find(id)));
    expect(new Set(found.map(({ reading }) => reading?.coupon.version))).toEqual(new Set([1]));
    expect([store.looks, shared.gets]).toEqual([[[id]], 1]);
  });

  it('reads many rows by few statements, at most two at a time', async () => {
    let [under, most] = [0, 0];
    store.before = async () => {
      under += 1;
      most = Math.max(most, under);
      await new Promise((resolve) => setImmediate(resolve));
      under -= 1;
    };
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => cache.find(couponId(i + 1))));
    expect(most).toBe(2);
    expect(Math.max(...store.looks.map((ids) => ids.length))).toBeLessThanOrEqual(100);
    expect(store.looks.flat()).toHaveLength(1_000);
  });

  it('remembers that there is none, and that a draft is none', async () => {
    expect(await cache.find(id)).toEqual({ reading: null, from: 'DB' });
    const draft = couponId(8);
    store.rows.set(draft, { ...aReading(draft), coupon: { ...aReading(draft).coupon, state: 'DRAFT' } });
    expect(await cache.find(draft)).toEqual({ reading: null, from: 'DB' });
    await Promise.all([cache.find(id), cache.find(draft)]);
    expect(store.looks).toEqual([[id], [draft]]);
  });

  it('keeps no failure: who comes next asks again', async () => {
    row(1);
    store.before = () => Promise.reject(new Error('away'));
    await expect(cache.find(id)).rejects.toThrow('away');
    store.before = () => Promise.resolve();
    expect(await versionAndSource()).toEqual([1, 'DB']);
  });

  it('keeps nothing that became too old on its way', async () => {
    shared.kept.set(id, { reading: aReading(id, 1), trueAt: performance.now() - 10_000 });
    expect(await versionAndSource()).toEqual([1, 'L2']);
    expect(await versionAndSource()).toEqual([1, 'L2']);
    shared.kept.set(id, { reading: aReading(id, 1), trueAt: performance.now() });
    expect(await versionAndSource()).toEqual([1, 'L2']);
    expect(await versionAndSource()).toEqual([1, 'L1']);
  });
});

describe('a change in this process', () => {
  it('is seen by whoever asks after it, although L1 has the old one', async () => {
    row(1);
    await cache.find(id);
    const kept = keep(2);
    expect(await versionAndSource()).toEqual([2, 'L1']);
    await kept;
    expect(shared.kept.get(id)?.reading).toEqual(aReading(id, 2));
    expect(store.looks).toEqual([[id]]);
  });

  it('is not undone by somebody who has read the old row and comes back late, and is told to that one too', async () => {
    row(1);
    const early = await earlyReader();
    await keep(2);
    const late = versionAndSource();
    early.answer();
    expect((await early.found).reading?.coupon.version).toBe(2);
    expect([await late, await versionAndSource()]).toEqual([
      [2, 'L1'],
      [2, 'L1'],
    ]);
  });

  it('does not undo a later one whose commit was heard of before', async () => {
    await keep(3);
    await keep(2);
    expect(await versionAndSource()).toEqual([3, 'L1']);
  });

  it('makes nothing of a draft visible', async () => {
    const draft = { ...aReading(id, 2), coupon: { ...aReading(id, 2).coupon, state: 'DRAFT' as const } };
    expect(await cache.keep(id, { reading: draft, trueAt: performance.now() })).toBeNull();
    expect(await cache.find(id)).toEqual({ reading: null, from: 'L1' });
  });
});

describe('a change elsewhere', () => {
  it('drops what is older, and nothing else', async () => {
    row(3);
    await cache.find(id);
    cache.drop(id, 3);
    expect(await versionAndSource()).toEqual([3, 'L1']);
    cache.drop(id, 4);
    expect(await versionAndSource()).toEqual([3, 'L2']);
  });

  it.each(['drop', 'dropAll'] as const)('is not undone by a reading that was under way (%s)', async (how) => {
    row(1);
    const early = await earlyReader();
    row(2);
    if (how === 'drop') cache.drop(id, 2);
    else cache.dropAll();
    early.answer();
    await early.found;
    expect((await cache.find(id)).reading?.coupon.version).toBe(2);
  });

  it('does not keep a change of this process from being seen at once', async () => {
    row(4);
    await cache.find(id);
    const kept = keep(5);
    cache.drop(id, 4);
    expect(await versionAndSource()).toEqual([5, 'L1']);
    await kept;
  });

  it('drops that there is no such coupon', async () => {
    await cache.find(id);
    row(2);
    shared.kept.clear();
    cache.drop(id, 2);
    expect(await versionAndSource()).toEqual([2, 'DB']);
  });
});
