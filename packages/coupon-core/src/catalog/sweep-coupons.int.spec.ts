import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { aDefinition, OPERATOR, users } from '../testing/a-coupon.js';
import { CacheProcess } from '../testing/cache-process.js';
import { openCoupon } from '../testing/coupon-rows.js';
import { eventually } from '../testing/eventually.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { serverAddress } from '../testing/server-address.js';
import { TestDatabase } from '../testing/test-database.js';

let database: TestDatabase;
let fresh: FreshRedis;
/** A process whose hints after a commit are lost, as if it died there; and one that only reads. */
let writer: CacheProcess;
let reader: CacheProcess;
let sweeping: CacheProcess;

beforeAll(async () => {
  database = await TestDatabase.create();
});

beforeEach(async () => {
  fresh = await FreshRedis.create(serverAddress('CACHE_REDIS_URL'));
  await database.query("UPDATE coupons SET updated_at = '2026-01-01'");
  writer = await CacheProcess.start(database, fresh, { hints: 'lost' });
  reader = await CacheProcess.start(database, fresh);
  sweeping = await CacheProcess.start(database, fresh);
  await sweeping.sweeper.sweep();
});

afterEach(() => fresh.close());
afterAll(() => database?.drop());

describe('the sweeper', () => {
  it('passes on a change whose hint was lost', async () => {
    const { id } = await openCoupon(database);
    await reader.find(id);
    await writer.coupons.moveState(id, 'PAUSED', OPERATOR);
    expect(await reader.stateOf(id)).toBe('OPEN');
    await sweeping.sweeper.sweep();
    await eventually(() => reader.stateOf(id), 'PAUSED');
    expect((await sweeping.find(id)).from).toBe('L2');
  });

  it('passes on counters, which no hint tells of', async () => {
    const { id } = await openCoupon(database);
    await reader.find(id);
    await writer.issues.issueNow(id, users(4));
    await sweeping.sweeper.sweep();
    await eventually(async () => (await reader.find(id)).reading?.coupon.issuedQuantity, 4);
  });

  it('passes on a change that commits after a round which is later than its statement', async () => {
    const { id } = await openCoupon(database);
    await sweeping.sweeper.sweep();
    await reader.find(id);
    const session = await database.session();
    await session.query('START TRANSACTION');
    await session.query(
      "UPDATE coupons SET state = 'PAUSED', version = version + 1, updated_at = UTC_TIMESTAMP(3) WHERE id = ?",
      [id],
    );
    expect(await sweeping.sweeper.sweep()).toBe(0);
    expect(await sweeping.sweeper.sweep()).toBe(0);
    await session.query('COMMIT');
    await session.end();
    expect(await sweeping.sweeper.sweep()).toBe(1);
    await eventually(() => reader.stateOf(id), 'PAUSED');
  });

  it('passes on each version once, however many coupons and pages there are', async () => {
    const ids = await Promise.all(Array.from({ length: 7 }, async () => (await openCoupon(database)).id));
    await database.query("UPDATE coupons SET updated_at = '2099-01-01' WHERE id IN (?)", [ids]);
    expect(await sweeping.sweeper.sweep()).toBe(7);
    expect(await sweeping.sweeper.sweep()).toBe(0);
    await writer.coupons.moveState(ids[3]!, 'PAUSED', OPERATOR);
    expect(await sweeping.sweeper.sweep()).toBe(1);
  });

  it('says nothing of a draft', async () => {
    const { id } = await writer.coupons.create(aDefinition(), OPERATOR);
    await sweeping.sweeper.sweep();
    expect(await fresh.redis.exists(fresh.keys.keptCoupon('shape', id))).toBe(0);
  });

  it('vouches for nothing from before it began, and for nothing while it could not put a change', async () => {
    const { id } = await openCoupon(database, {}, { updated_at: '2026-01-01' });
    await reader.find(id);
    const later = await CacheProcess.start(database, fresh);
    await fresh.redis.del(fresh.keys.confirmed('shape'));
    await later.sweeper.sweep();
    reader.cache.dropAll();
    expect((await reader.find(id)).from).toBe('DB');
    reader.cache.dropAll();
    expect((await reader.find(id)).from).toBe('L2');
  });

  it('puts what changed while the cache was away before it vouches again', async () => {
    const { id } = await openCoupon(database);
    await reader.find(id);
    const cut = await CacheProcess.start(database, fresh);
    await cut.sweeper.sweep();
    cut.redis.disconnect();
    await writer.coupons.moveState(id, 'PAUSED', OPERATOR);
    await expect(cut.sweeper.sweep()).rejects.toThrow('The cache did not answer.');
    await fresh.redis.del(fresh.keys.confirmed('shape'));
    reader.cache.dropAll();
    expect((await reader.find(id)).from).toBe('DB');
    await cut.redis.connect();
    await eventually(
      () =>
        cut.sweeper.sweep().then(
          () => true,
          () => false,
        ),
      true,
    );
    reader.cache.dropAll();
    const found = await reader.find(id);
    expect([found.from, found.reading?.coupon.state]).toEqual(['L2', 'PAUSED']);
  });
});
