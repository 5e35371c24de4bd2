import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { gateView } from '../../coupon/coupon.js';
import type { CouponId } from '../../coupon/ids.js';
import { aDefinition, couponId, OPERATOR } from '../../testing/a-coupon.js';
import { couponStore, openCoupon, readCoupon } from '../../testing/coupon-rows.js';
import { TestDatabase } from '../../testing/test-database.js';
import type { MysqlCouponStore } from './coupon-store.mysql.js';

let database: TestDatabase;
let store: MysqlCouponStore;

beforeAll(async () => {
  database = await TestDatabase.create();
  store = couponStore(database);
});

beforeEach(() => database.query('DELETE FROM coupons'));

afterAll(() => database?.drop());

const untaken = async () => (await store.findUntakenViews(100)).map(({ couponId }) => couponId);

describe('a coupon', () => {
  it('is read as it was created: a DRAFT with nothing issued', async () => {
    const definition = aDefinition({
      title: 'Zehn für die Ersten 🎟',
      totalQuantity: 4_000_000_000,
      issueMode: 'ASYNC',
      discount: { kind: 'PERCENT', value: 15, maxDiscount: null },
      issueStartsAt: Date.UTC(2027, 9, 31, 0, 59, 59, 999),
      issueEndsAt: Date.UTC(2027, 9, 31, 2, 0, 0, 1),
      validForDays: 30,
      expiresAt: Date.UTC(2028, 1, 29, 23, 59, 59, 999),
      returnCancelledUnits: true,
      metadata: { campaign: 'autumn', tags: ['a', 'b'], deep: { n: 1.5, nothing: null } },
    });
    const coupon = await store.create(definition, OPERATOR);
    expect(coupon).toMatchObject({ ...definition, state: 'DRAFT', epoch: 0, issuedQuantity: 0, shard: 0 });
    expect(await store.find(coupon.id)).toEqual(coupon);
  });

  it('may have no limit and no metadata', async () => {
    expect(await store.create(aDefinition({ totalQuantity: null, metadata: null }), OPERATOR)).toMatchObject({
      totalQuantity: null,
      metadata: null,
    });
  });

  it('that does not exist is null', async () => {
    expect(await store.find(couponId(999_999))).toBeNull();
  });
});

describe('moving the state', () => {
  it('raises both versions, so that the gate and everybody else learn of it', async () => {
    const before = await store.create(aDefinition(), OPERATOR);
    const result = await store.moveState(before.id, 'OPEN', OPERATOR);
    expect(result).toMatchObject({
      moved: true,
      coupon: { state: 'OPEN', version: before.version + 1, gateVersion: before.gateVersion + 1 },
    });
    expect(await store.find(before.id)).toEqual(result?.coupon);
  });

  it('answers the present coupon where the move is not allowed', async () => {
    const closed = await openCoupon(database, {}, { state: 'CLOSED' });
    expect(await store.moveState(closed.id, 'OPEN', OPERATOR)).toEqual({ moved: false, coupon: closed });
    expect(await store.moveState(couponId(999_999), 'OPEN', OPERATOR)).toBeNull();
  });

  it('is done by one of many who ask for the same move at once', async () => {
    const { id } = await store.create(aDefinition(), OPERATOR);
    const moves = await Promise.all(Array.from({ length: 8 }, () => store.moveState(id, 'OPEN', OPERATOR)));
    expect(moves.filter((move) => move?.moved)).toHaveLength(1);
  });
});

describe('what the gate has not taken', () => {
  it('is every coupon whose version moved, until that version is marked', async () => {
    const coupon = await openCoupon(database);
    expect(await untaken()).toEqual([coupon.id]);
    await store.markTaken([gateView(coupon)]);
    expect(await untaken()).toEqual([]);
    const moved = await store.moveState(coupon.id, 'PAUSED', OPERATOR);
    expect(await store.findUntakenViews(100)).toEqual([gateView(moved!.coupon)]);
  });

  it('is not forgotten by marking an older version, nor brought back by marking one late', async () => {
    const coupon = await openCoupon(database);
    const { coupon: paused } = (await store.moveState(coupon.id, 'PAUSED', OPERATOR))!;
    await store.markTaken([gateView(coupon)]);
    expect(await untaken()).toEqual([coupon.id]);
    await store.markTaken([gateView(paused)]);
    await store.markTaken([gateView(coupon)]);
    expect(await untaken()).toEqual([]);
  });

  it('is none of a DRAFT and none of a coupon that V2 does not serve', async () => {
    await store.create(aDefinition(), OPERATOR);
    await openCoupon(database, { issueMode: 'SYNC' });
    expect(await untaken()).toEqual([]);
  });

  it('is listed in the order of ids, as many as are asked for', async () => {
    const ids = [await openCoupon(database), await openCoupon(database), await openCoupon(database)].map(
      ({ id }) => id,
    );
    expect((await store.findUntakenViews(2)).map(({ couponId }) => couponId)).toEqual(ids.slice(0, 2));
  });

  it('lists the gates of coupons that V2 serves, and never one that is just being opened', async () => {
    const moved = { state_moved_at: new Date(1_000) };
    await openCoupon(database, {}, { epoch_built: 0, state_moved_at: new Date(Date.now() + 60_000) });
    const abandoned = await openCoupon(database, {}, { epoch_built: 0, ...moved });
    const built = await openCoupon(database, {}, { epoch_built: 1, epoch: 1, ...moved });
    await openCoupon(database, { issueMode: 'SYNC' }, moved);
    const paused = await openCoupon(database, {}, { epoch_built: 1, epoch: 1, state: 'PAUSED', ...moved });
    const served = async (state: 'OPEN' | 'PAUSED', beforeId: CouponId | null = null, limit = 100) =>
      (await store.findServed({ state, beforeId, limit })).map(({ couponId }) => couponId);
    expect(await served('OPEN')).toEqual([built.id, abandoned.id]);
    expect(await served('OPEN', null, 1)).toEqual([built.id]);
    expect(await served('OPEN', built.id)).toEqual([abandoned.id]);
    expect(await served('PAUSED')).toEqual([paused.id]);
    const [gate] = await store.findServed({ state: 'OPEN', beforeId: null, limit: 1 });
    expect(gate).toEqual({ couponId: built.id, shard: built.shard, epoch: 1 });
  });

  it('marks many coupons at once, each with its own version', async () => {
    const coupons = await Promise.all(Array.from({ length: 20 }, () => openCoupon(database)));
    await store.moveState(coupons[0]!.id, 'PAUSED', OPERATOR);
    await store.markTaken(coupons.map(gateView).reverse());
    expect(await untaken()).toEqual([coupons[0]!.id]);
    expect(await readCoupon(database, coupons[1]!.id)).toEqual(coupons[1]);
  });
});

describe('the list of coupons', () => {
  it('has the newest first, by state, page by page', async () => {
    const open = [await openCoupon(database), await openCoupon(database), await openCoupon(database)];
    const draft = await store.create(aDefinition(), OPERATOR);
    const ids = async (which: Parameters<typeof store.list>[0]) =>
      (await store.list(which)).map(({ id }) => id);
    const newestFirst = open.map(({ id }) => id).reverse();
    expect(await ids({ states: ['OPEN', 'PAUSED'], limit: 2, beforeId: null })).toEqual(
      newestFirst.slice(0, 2),
    );
    expect(await ids({ states: ['OPEN'], limit: 2, beforeId: newestFirst[1]! })).toEqual(
      newestFirst.slice(2),
    );
    expect(await ids({ states: ['DRAFT'], limit: 2, beforeId: null })).toEqual([draft.id]);
  });
});
