import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { CouponDefinition } from '../../coupon/coupon.js';
import type { CouponId } from '../../coupon/ids.js';
import type { QueueEntry } from '../../issuance/issuance-queue.js';
import { couponId, user, users } from '../../testing/a-coupon.js';
import { anEntry } from '../../testing/an-entry.js';
import { finalRows, openCoupon, readCoupon } from '../../testing/coupon-rows.js';
import { TestDatabase } from '../../testing/test-database.js';
import { MysqlIssueStore } from './issue-store.mysql.js';

let database: TestDatabase;
let store: MysqlIssueStore;

beforeAll(async () => {
  database = await TestDatabase.create();
  store = new MysqlIssueStore(database.unitOfWork());
});

afterAll(() => database?.drop());

const open = async (definition: Partial<CouponDefinition> = {}, row: Record<string, unknown> = {}) =>
  (await openCoupon(database, definition, row)).id;
/** As read under the epoch that the coupons have. */
const settle = (...entries: QueueEntry[]) =>
  store.settle(entries, new Map(entries.map((entry) => [entry.couponId, 1])));
const rowsOf = async (id: CouponId) =>
  (await finalRows(database, id)).map(({ user: name, number, reason, ticket }) => [
    name,
    number ?? reason,
    ticket,
  ]);
const countersOf = async (id: CouponId) => {
  const { issuedQuantity, issuedByV1, returned, gateVersion } = await readCoupon(database, id);
  return { issuedQuantity, issuedByV1, returned, gateVersion };
};

describe('settling a batch', () => {
  it('gives every claim its row in the order of the queue, at the time of the gate', async () => {
    const id = await open({ validForDays: 1 });
    const entry = anEntry(id, ['b', 'a'], { firstTicket: 40 });
    expect(await settle(entry)).toMatchObject({ issued: 2, rejected: 0, views: [] });
    expect(await rowsOf(id)).toEqual([
      ['b', 1, 40],
      ['a', 2, 41],
    ]);
    const [times] = await database.query(
      'SELECT issued_at, expires_at FROM coupon_issues WHERE coupon_id = ?',
      [id],
    );
    const at = entry.claims[0]!.acceptedAt;
    expect(times).toEqual({ issued_at: new Date(at), expires_at: new Date(at + 86_400_000) });
  });

  it('leaves the gate alone where its capacity did not move', async () => {
    const id = await open();
    const { gateVersion } = await countersOf(id);
    await settle(anEntry(id, ['a']));
    expect(await countersOf(id)).toEqual({ issuedQuantity: 1, issuedByV1: 0, returned: 0, gateVersion });
  });

  it('rejects the surplus, records it, and lets the gate give its tickets again', async () => {
    const id = await open({ totalQuantity: 1 });
    const { gateVersion } = await countersOf(id);
    const { issued, rejected, views } = await settle(anEntry(id, ['a', 'b', 'c']));
    expect([issued, rejected]).toEqual([1, 2]);
    expect(await rowsOf(id)).toEqual([
      ['a', 1, 1],
      ['b', 'SOLD_OUT', 2],
      ['c', 'SOLD_OUT', 3],
    ]);
    expect(await countersOf(id)).toEqual({
      issuedQuantity: 1,
      issuedByV1: 0,
      returned: 2,
      gateVersion: gateVersion + 1,
    });
    expect(views).toMatchObject([{ couponId: id, version: gateVersion + 1, capacity: 3 }]);
  });

  it('records a loss without a ticket, which gives the gate nothing', async () => {
    const id = await open();
    const before = await countersOf(id);
    expect(await settle(anEntry(id, [], { lost: ['a'] }))).toMatchObject({
      issued: 0,
      rejected: 1,
      views: [],
    });
    expect(await rowsOf(id)).toEqual([['a', 'LOST_IN_INCIDENT', null]]);
    expect(await countersOf(id)).toEqual(before);
  });

  it('settles many coupons at once, each with its own numbers and counters', async () => {
    const ids: CouponId[] = [];
    for (let i = 0; i < 30; i += 1) ids.push(await open({ totalQuantity: 2 }));
    // Not in the order of the ids, and each coupon in two entries.
    const entries = [...ids]
      .reverse()
      .flatMap((id) => [anEntry(id, ['a', 'b']), anEntry(id, ['c'], { firstTicket: 3 })]);
    const { issued, rejected, views } = await settle(...entries);
    expect([issued, rejected, views.length]).toEqual([60, 30, 30]);
    for (const id of ids) {
      expect(await rowsOf(id)).toEqual([
        ['a', 1, 1],
        ['b', 2, 2],
        ['c', 'SOLD_OUT', 3],
      ]);
      expect(await countersOf(id)).toMatchObject({ issuedQuantity: 2, returned: 1 });
    }
  });

  it('has a limit of nothing where the total has none', async () => {
    const id = await open({ totalQuantity: null });
    expect(await settle(anEntry(id, users(500)))).toMatchObject({ issued: 500, rejected: 0 });
  });
});

describe('settling what was settled before', () => {
  it('changes nothing, however often the same entry is read', async () => {
    const id = await open({ totalQuantity: 2 });
    const entry = anEntry(id, ['a', 'b', 'c'], { lost: ['d'] });
    await settle(entry);
    const [rows, counters] = [await rowsOf(id), await countersOf(id)];
    expect(await settle(entry)).toMatchObject({ issued: 0, rejected: 0, views: [] });
    expect(await settle(entry, entry)).toMatchObject({ issued: 0, rejected: 0, views: [] });
    expect([await rowsOf(id), await countersOf(id)]).toEqual([rows, counters]);
  });

  it('costs a transaction that is rolled back for the first of them, and no more', async () => {
    const id = await open();
    const unit = database.unitOfWork();
    const transactions = jest.spyOn(unit, 'run');
    const ofItsOwn = new MysqlIssueStore(unit);
    const counts: number[] = [];
    for (const names of [['a'], ['a', 'b'], ['a', 'c'], ['b', 'd']]) {
      transactions.mockClear();
      await ofItsOwn.settle([anEntry(id, names)], new Map([[id, 1]]));
      counts.push(transactions.mock.calls.length);
    }
    expect(counts).toEqual([1, 2, 1, 1]);
    expect((await rowsOf(id)).map(([name]) => name)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('goes on behind what another consumer has settled already', async () => {
    const id = await open();
    await settle(anEntry(id, ['a', 'b']));
    await settle(anEntry(id, ['a', 'b']), anEntry(id, ['c'], { firstTicket: 3 }));
    expect(await rowsOf(id)).toEqual([
      ['a', 1, 1],
      ['b', 2, 2],
      ['c', 3, 3],
    ]);
  });

  it('is exact where two consumers settle the same entries at the same time', async () => {
    const id = await open({ totalQuantity: 250 });
    const entries = Array.from({ length: 6 }, (_, i) =>
      anEntry(id, users(50, `u${i}-`), { firstTicket: i * 50 + 1 }),
    );
    await Promise.all([settle(...entries), settle(...[...entries].reverse()), settle(...entries.slice(2))]);
    const rows = await finalRows(database, id);
    expect(rows).toHaveLength(300);
    expect(rows.flatMap(({ number }) => number ?? [])).toEqual(Array.from({ length: 250 }, (_, i) => i + 1));
    expect(await countersOf(id)).toMatchObject({ issuedQuantity: 250, returned: 50 });
  });
});

describe('tickets that yield no row of their own', () => {
  const voids = (id: CouponId) =>
    database.query<{ epoch: number; ticket: number; name: string }>(
      'SELECT epoch, ticket, user_id AS name FROM voided_tickets WHERE coupon_id = ? ORDER BY epoch, ticket',
      [id],
    );

  it('of a user of the V1 door are noted once, and raise returned once', async () => {
    const id = await open();
    await store.issueNow(id, [user('a')]);
    const entry = anEntry(id, ['a', 'b']);
    const { issued, views } = await settle(entry);
    expect(issued).toBe(1);
    expect(views).toMatchObject([{ capacity: 10 }]);
    await settle(entry);
    await settle(entry, anEntry(id, ['c'], { firstTicket: 3 }));
    expect(await voids(id)).toEqual([{ epoch: 1, ticket: 1, name: 'a' }]);
    expect(await countersOf(id)).toMatchObject({ issuedQuantity: 3, issuedByV1: 1, returned: 1 });
  });

  it('of a second epoch are voided, and each is its own', async () => {
    const id = await open();
    await settle(anEntry(id, ['a']));
    await settle(anEntry(id, ['a'], { epoch: 2 }));
    await settle(anEntry(id, ['a'], { epoch: 3 }), anEntry(id, ['a'], { epoch: 2 }));
    expect((await voids(id)).map(({ epoch, ticket }) => [epoch, ticket])).toEqual([
      [2, 1],
      [3, 1],
    ]);
    expect(await countersOf(id)).toMatchObject({ issuedQuantity: 1, returned: 2 });
  });

  it('that stand twice in one batch are noted once', async () => {
    const id = await open();
    await store.issueNow(id, [user('a')]);
    const entry = anEntry(id, ['a']);
    await settle(entry, entry);
    expect(await voids(id)).toHaveLength(1);
    expect(await countersOf(id)).toMatchObject({ returned: 1 });
  });
});

describe('a batch that was read under another epoch', () => {
  it('leaves the coupon’s entries alone, and settles the others', async () => {
    const [old, present, unknown] = [
      await open({}, { epoch: 2, epoch_minted: 2 }),
      await open(),
      await open(),
    ];
    const entries = [
      anEntry(old, ['a']),
      anEntry(present, ['b']),
      anEntry(old, ['c']),
      anEntry(unknown, ['d']),
    ];
    const { leftAlone, issued } = await store.settle(
      entries,
      new Map([
        [old, 1],
        [present, 1],
      ]),
    );
    expect(leftAlone).toEqual(new Set([entries[0]!.id, entries[2]!.id, entries[3]!.id]));
    expect(issued).toBe(1);
    expect([await rowsOf(old), await rowsOf(unknown)]).toEqual([[], []]);
    expect(await rowsOf(present)).toHaveLength(1);
  });

  it('counts by the epoch of the reading, not by that of the claims', async () => {
    const id = await open({}, { epoch: 2, epoch_minted: 2 });
    const entry = anEntry(id, ['a'], { epoch: 1 });
    expect(await store.settle([entry], new Map([[id, 2]]))).toMatchObject({ issued: 1 });
  });
});

describe('an entry that fails by itself', () => {
  it.each([
    ['a coupon that does not exist', () => anEntry(couponId(999_999), ['a'])],
    ['a user that no row can hold', (id: CouponId) => anEntry(id, ['x'.repeat(65)])],
  ])('%s: throws, and nothing of its batch is written', async (_what, poison) => {
    const id = await open();
    const batch = [anEntry(id, ['good']), poison(id)];
    await expect(settle(...batch)).rejects.toThrow();
    expect(await rowsOf(id)).toEqual([]);
    expect(await countersOf(id)).toMatchObject({ issuedQuantity: 0 });
  });
});

describe('the rows as they are read afterwards', () => {
  it('a dead letter is kept once, however often it is kept', async () => {
    const id = await open();
    const entry = anEntry(id, ['a', 'b']);
    await store.keepDeadLetters([{ entry, claims: [entry.claims[0]!] }], 'first');
    await store.keepDeadLetters([{ entry, claims: entry.claims }], 'second');
    await store.keepDeadLetters(
      [{ unreadable: { id: '1-1', raw: { a: 'b' }, cause: 'odd' }, source: 'entry:0:1-1' }],
      'odd',
    );
    const rows = await database.query<{ attempts: number; cause: string }>(
      'SELECT attempts, cause FROM dead_letters ORDER BY id',
    );
    expect(rows.map(({ attempts, cause }) => [attempts, cause])).toEqual([
      [2, 'first'],
      [1, 'second'],
      [1, 'odd'],
    ]);
  });
});
