import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MysqlAuditLog } from '../adapters/mysql/audit-log.mysql.js';
import type { Coupon } from '../coupon/coupon.js';
import type { CouponEdits } from '../coupon/decide-edit.js';
import { aDefinition, couponId, OPERATOR, users } from '../testing/a-coupon.js';
import { CoreProcess } from '../testing/core-process.js';
import { finalRows, readCoupon } from '../testing/coupon-rows.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { TestDatabase } from '../testing/test-database.js';
import { admissionsOf } from './admissions.js';
import { EditCoupon } from './commands.js';
import { EditCouponHandler } from './edit-coupon.js';

let database: TestDatabase;
let fresh: FreshRedis;
let core: CoreProcess;

beforeAll(async () => {
  database = await TestDatabase.create();
  fresh = await FreshRedis.create();
  core = await CoreProcess.create(database, fresh, 'one');
});

afterAll(async () => {
  await core?.stop();
  await fresh?.close();
  await database?.drop();
});

const eventsOn = (kafkaBrokers: readonly string[] | null) => ({
  events: { kafkaBrokers, partitions: 1, retentionHours: 1, told: false, outboxKeptHours: 1 },
});

const edit = (
  id: Coupon['id'],
  edits: CouponEdits,
  ifVersion: number | null = null,
  kafkaBrokers: readonly string[] | null = null,
) =>
  new EditCouponHandler(core.coupons, core.gate, admissionsOf(eventsOn(kafkaBrokers))).execute(
    new EditCoupon(id, edits, ifVersion, OPERATOR),
  );

const entriesOf = (id: Coupon['id']) =>
  new MysqlAuditLog(database.dataSource, database.unitOfWork()).list({
    couponId: id,
    beforeId: null,
    limit: 20,
  });

const claim = async ({ id, shard }: Coupon) => {
  const reply = await core.gate.claim({ couponId: id, shard }, users(1)[0]!, false);
  return reply.outcome === 'REFUSED' ? reply.code : reply.outcome;
};

describe('editing a coupon', () => {
  it('writes every field of a draft, and notes what was changed', async () => {
    const before = await core.coupons.create(aDefinition(), OPERATOR);
    const edits = aDefinition({
      title: 'Zwölf für die Ersten',
      totalQuantity: null,
      issueMode: 'ASYNC',
      admission: 'QUEUE',
      lockStrategy: 'distributed',
      discount: { kind: 'PERCENT', value: 20, maxDiscount: 9 },
      currency: 'KRW',
      minOrderAmount: 7,
      issueStartsAt: before.issueStartsAt + 1,
      issueEndsAt: before.issueEndsAt + 1,
      validForDays: 30,
      returnCancelledUnits: true,
      metadata: { deep: [1, { ä: null }] },
    });
    const result = await edit(before.id, edits, null, ['one:9092']);
    expect(result).toMatchObject({ outcome: 'EDITED', coupon: { ...edits, state: 'DRAFT', version: 2 } });
    expect(await readCoupon(database, before.id)).toMatchObject({ ...edits, state: 'DRAFT', version: 2 });
    const [entry] = await entriesOf(before.id);
    const { type: _type, perUserLimit: _limit, expiresAt: _expiry, ...changed } = edits;
    expect(entry).toMatchObject({ action: 'EDIT', actor: OPERATOR.userId, after: changed });
    expect(entry!.before).toMatchObject({ title: before.title, totalQuantity: 10, metadata: null });
    expect(Object.keys(entry!.before!).sort()).toEqual(Object.keys(changed).sort());
  });

  it('gives no admission that nobody here could serve', async () => {
    const { id } = await core.coupons.create(aDefinition(), OPERATOR);
    expect(await edit(id, { admission: 'QUEUE' })).toEqual({
      outcome: 'INVALID',
      faults: [{ field: 'admission', fault: expect.stringContaining('KAFKA_BROKERS') }],
    });
    expect(await readCoupon(database, id)).toMatchObject({ admission: 'GATE', version: 1 });
  });

  it('reaches the gate where the window moves, and only then', async () => {
    const coupon = await core.open({ issueMode: 'ASYNC' });
    const titled = await edit(coupon.id, { title: 'Another', validForDays: 3 });
    expect(titled).toMatchObject({
      coupon: { gateVersion: coupon.gateVersion, version: coupon.version + 1 },
    });
    const ended = await edit(coupon.id, { issueEndsAt: Date.now() - 60_000 });
    expect(ended).toMatchObject({ outcome: 'EDITED', coupon: { gateVersion: coupon.gateVersion + 1 } });
    expect(await claim(coupon)).toBe('ENDED');
    await edit(coupon.id, { issueEndsAt: coupon.issueEndsAt });
    expect(await claim(coupon)).toBe('HELD');
  });

  it('reaches V1 with its commit, and leaves what was issued as it is', async () => {
    const coupon = await core.open({ issueMode: 'SYNC', expiresAt: Date.UTC(2100, 0, 1) });
    const [first, second] = users(2);
    await core.store.issueNow(coupon.id, [first!]);
    await edit(coupon.id, { expiresAt: Date.UTC(2101, 0, 1) });
    await core.store.issueNow(coupon.id, [second!]);
    const expiries = await database.query<{ at: Date }>(
      'SELECT expires_at AS at FROM coupon_issues WHERE coupon_id = ? ORDER BY issue_number',
      [coupon.id],
    );
    expect(expiries.map(({ at }) => at.getUTCFullYear())).toEqual([2100, 2101]);
    expect(await finalRows(database, coupon.id)).toHaveLength(2);
  });

  it('changes nothing, and notes nothing, where it is refused or nothing differs', async () => {
    const coupon = await core.open({});
    const outcomes = [
      await edit(coupon.id, { title: 'Another', currency: 'KRW' }),
      await edit(coupon.id, { issueEndsAt: coupon.issueStartsAt }),
      await edit(coupon.id, { title: 'Another' }, coupon.version + 1),
      await edit(coupon.id, { title: coupon.title }),
      await edit(couponId(999_999), { title: 'Another' }),
    ];
    expect(outcomes.map(({ outcome }) => outcome)).toEqual([
      'NOT_EDITABLE',
      'INVALID',
      'VERSION_DIFFERS',
      'UNCHANGED',
      'COUPON_NOT_FOUND',
    ]);
    expect((await readCoupon(database, coupon.id)).title).toBe(coupon.title);
    expect((await entriesOf(coupon.id)).map(({ action }) => action)).toEqual(['OPEN', 'CREATE']);
  });

  it('is for one version alone where that is asked for: one of two who read the same edits', async () => {
    const { id, version } = await core.coupons.create(aDefinition(), OPERATOR);
    const both = await Promise.all(['One', 'Two'].map((title) => edit(id, { title }, version)));
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(['EDITED', 'VERSION_DIFFERS']);
  });
});
