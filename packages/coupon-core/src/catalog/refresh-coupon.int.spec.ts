import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CouponId } from '../coupon/ids.js';
import { OPERATOR, users } from '../testing/a-coupon.js';
import { CacheProcess } from '../testing/cache-process.js';
import { openCoupon } from '../testing/coupon-rows.js';
import { eventually } from '../testing/eventually.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { printedSeed, seededRandom } from '../testing/seed.js';
import { serverAddress } from '../testing/server-address.js';
import { TestDatabase } from '../testing/test-database.js';

const ROUNDS = 60;

let database: TestDatabase;
let fresh: FreshRedis;
let here: CacheProcess;
let there: CacheProcess;

beforeAll(async () => {
  database = await TestDatabase.create();
  fresh = await FreshRedis.create(serverAddress('CACHE_REDIS_URL'));
  [here, there] = [await CacheProcess.start(database, fresh), await CacheProcess.start(database, fresh)];
});

afterAll(async () => {
  await fresh?.close();
  await database?.drop();
});

async function seenByBoth(id: CouponId): Promise<void> {
  for (const process of [here, there]) await process.find(id);
}

/** Every message from before this has arrived, because a later one has. */
async function messagesArrived(at: CacheProcess): Promise<void> {
  const { id } = await openCoupon(database);
  await at.find(id);
  await here.coupons.moveState(id, 'PAUSED', OPERATOR);
  await eventually(() => at.stateOf(id), 'PAUSED');
}

describe('a change in one of two processes', () => {
  it('is seen there by whoever asks after its commit, and by the other when the message has come', async () => {
    const { id } = await openCoupon(database);
    await seenByBoth(id);
    await here.coupons.moveState(id, 'PAUSED', OPERATOR);
    expect(await here.stateOf(id)).toBe('PAUSED');
    await eventually(() => there.stateOf(id), 'PAUSED');
    await here.refreshed;
    expect([(await here.find(id)).from, (await there.find(id)).from]).toEqual(['L1', 'L1']);
  });

  it('is sold out by V1 in one of them and by a settlement in the other', async () => {
    const { id } = await openCoupon(database, { totalQuantity: 3 });
    await seenByBoth(id);
    await here.issues.issueNow(id, users(3));
    expect((await here.find(id)).reading?.coupon.issuedQuantity).toBe(3);
    await eventually(async () => (await there.find(id)).reading?.coupon.issuedQuantity, 3);
  });

  it('is not seen by one that is not told, as long as what it remembers lives; it lives no longer than it may', async () => {
    const deaf = await CacheProcess.start(database, fresh, { listens: false });
    const forgetful = await CacheProcess.start(database, fresh, { listens: false, ageMsMax: 200 });
    const { id } = await openCoupon(database);
    await seenByBoth(id);
    await Promise.all([deaf.find(id), forgetful.find(id)]);
    await here.coupons.moveState(id, 'PAUSED', OPERATOR);
    await messagesArrived(there);
    expect([await there.stateOf(id), await deaf.stateOf(id)]).toEqual(['PAUSED', 'OPEN']);
    await eventually(() => forgetful.stateOf(id), 'PAUSED');
    expect(await deaf.stateOf(id)).toBe('OPEN');
  });

  it('is seen by one whose connection was lost meanwhile, as soon as it listens again', async () => {
    const cut = await CacheProcess.start(database, fresh);
    const { id } = await openCoupon(database);
    await cut.find(id);
    cut.listening.disconnect();
    await here.coupons.moveState(id, 'PAUSED', OPERATOR);
    await messagesArrived(there);
    expect(await cut.stateOf(id)).toBe('OPEN');
    await cut.listening.connect();
    await eventually(() => cut.stateOf(id), 'PAUSED');
  });

  it('says nothing to the others before L2 has it', async () => {
    const { id } = await openCoupon(database);
    await seenByBoth(id);
    await here.sweeper.sweep();
    await here.coupons.moveState(id, 'PAUSED', OPERATOR);
    await eventually(() => there.stateOf(id), 'PAUSED');
    there.cache.dropAll();
    const found = await there.find(id);
    expect([found.reading?.coupon.state, found.from]).toEqual(['PAUSED', 'L2']);
  });
});

describe('changes in both of two processes', () => {
  it('are seen where they were made at once, never go backwards, and end the same everywhere', async () => {
    const random = seededRandom(printedSeed());
    const ids = await Promise.all(Array.from({ length: 3 }, async () => (await openCoupon(database)).id));
    const seen = new Map<string, number>();
    const look = async (process: CacheProcess, id: CouponId) => {
      const version = (await process.find(id)).reading!.coupon.version;
      const name = `${process === here ? 'here' : 'there'} ${id}`;
      expect(version).toBeGreaterThanOrEqual(seen.get(name) ?? 0);
      seen.set(name, version);
      return version;
    };
    const worker = async (process: CacheProcess) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const id = ids[Math.floor(random() * ids.length)]!;
        if (random() < 0.4) {
          const { moved, coupon } = (await process.coupons.moveState(
            id,
            random() < 0.5 ? 'PAUSED' : 'OPEN',
            OPERATOR,
          ))!;
          if (moved) expect(await look(process, id)).toBeGreaterThanOrEqual(coupon.version);
        } else if (random() < 0.1) {
          await process.sweeper.sweep();
        } else {
          await look(process, id);
        }
      }
    };
    await Promise.all([worker(here), worker(there), worker(here), worker(there)]);
    for (const id of ids) {
      const { version } = (await here.coupons.find(id))!;
      for (const process of [here, there]) await eventually(() => look(process, id), version);
    }
  });
});
