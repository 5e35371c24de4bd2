import { beforeEach, describe, expect, it } from '@jest/globals';
import type { CouponReading } from '../catalog/coupon-reading.js';
import type { CouponId } from '../coupon/ids.js';
import { aCoupon, couponId } from './a-coupon.js';
import { printedSeed, seededRandom, shuffled } from './seed.js';

/** One level, or both as one, as the suite sees it; `undefined` is a miss. */
export interface LevelUnderTest {
  put(id: CouponId, reading: CouponReading): Promise<unknown>;
  get(id: CouponId): Promise<CouponReading | undefined>;
}

const ISSUE_WINDOW = { issueStartsAt: Date.UTC(2026, 4, 1), issueEndsAt: Date.UTC(2026, 6, 1) };
const FALSY = { metadata: { falsy: [0, '', null, false] } };

export const aReading = (id: CouponId, version = 1, asOf = Date.UTC(2026, 5, 1) + version) => ({
  coupon: aCoupon({ id, version, ...ISSUE_WINDOW, ...FALSY }),
  asOf,
});

const WRITERS = 4;
const VERSIONS = 40;

let nextId = 1;

/** `open` answers writers and readers of the same level; the first is used where one is enough. */
export function describeLevel(name: string, open: () => Promise<LevelUnderTest[]>): void {
  describe(`${name} as a level of the cache`, () => {
    let levels: LevelUnderTest[];
    let level: LevelUnderTest;
    let id: CouponId;

    beforeEach(async () => {
      levels = await open();
      level = levels[0]!;
      id = couponId(nextId++);
    });

    it('misses what was never put', async () => {
      expect(await level.get(id)).toBeUndefined();
    });

    it('has what was put, every field of it, and nothing of another coupon', async () => {
      const other = couponId(nextId++);
      await level.put(id, aReading(id, 3));
      await level.put(other, aReading(other, 5));
      expect(await level.get(id)).toEqual(aReading(id, 3));
      expect(await level.get(other)).toEqual(aReading(other, 5));
    });

    it('has a sold-out coupon, whose counters are all falsy, at version 0', async () => {
      const reading = {
        coupon: aCoupon({ id, version: 0, totalQuantity: 0, title: '', ...ISSUE_WINDOW }),
        asOf: 0,
      };
      await level.put(id, reading);
      expect(await level.get(id)).toEqual(reading);
    });

    it('knows that there is no such coupon, which is no miss', async () => {
      await level.put(id, null);
      expect(await level.get(id)).toBeNull();
    });

    it('replaces a version by the same read later and by a newer one, never by an older one', async () => {
      await level.put(id, aReading(id, 9, 100));
      await level.put(id, aReading(id, 9, 200));
      expect(await level.get(id)).toEqual(aReading(id, 9, 200));
      await level.put(id, aReading(id, 10));
      expect(await level.get(id)).toEqual(aReading(id, 10));
      await level.put(id, aReading(id, 9, 300));
      expect(await level.get(id)).toEqual(aReading(id, 10));
    });

    it('replaces "no such coupon" by a coupon, never a coupon by that', async () => {
      await level.put(id, null);
      await level.put(id, aReading(id, 1));
      expect(await level.get(id)).toEqual(aReading(id, 1));
      await level.put(id, null);
      expect(await level.get(id)).toEqual(aReading(id, 1));
    });

    it('never goes backwards under writers that come in any order', async () => {
      const random = seededRandom(printedSeed());
      const seen: number[][] = levels.map(() => []);
      const read = async (from: number) => {
        const reading = await levels[from]!.get(id);
        if (reading) seen[from]!.push(reading.coupon.version);
      };
      await Promise.all(
        Array.from({ length: WRITERS }, async (_, writer) => {
          const versions = shuffled(
            Array.from({ length: VERSIONS }, (_v, i) => i + 1),
            random,
          );
          for (const version of versions) {
            await levels[writer % levels.length]!.put(id, aReading(id, version));
            await read(writer % levels.length);
          }
        }),
      );
      for (const from of levels.keys()) await read(from);
      for (const versions of seen) {
        expect(versions).toEqual([...versions].sort((a, b) => a - b));
        expect(versions.at(-1)).toBe(VERSIONS);
      }
    });
  });
}
