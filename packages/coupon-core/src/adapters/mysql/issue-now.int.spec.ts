import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Coupon, CouponDefinition } from '../../coupon/coupon.js';
import type { IssueDecision } from '../../coupon/decide-issue.js';
import type { CouponId } from '../../coupon/ids.js';
import type { IssueNowResult } from '../../issuance/issue-store.js';
import { couponId, user, users } from '../../testing/a-coupon.js';
import { finalRows, openCoupon, readCoupon } from '../../testing/coupon-rows.js';
import { LosingOnce } from '../../testing/faults/losing-once.js';
import { TestDatabase } from '../../testing/test-database.js';
import { MysqlIssueStore } from './issue-store.mysql.js';
import { type Transaction, UnitOfWork } from './unit-of-work.js';

let database: TestDatabase;
let store: MysqlIssueStore;

beforeAll(async () => {
  database = await TestDatabase.create();
  store = new MysqlIssueStore(database.unitOfWork());
});

afterAll(() => database?.drop());

const open = (
  definition: Partial<CouponDefinition> = {},
  row: Record<string, unknown> = {},
): Promise<Coupon> => openCoupon(database, definition, row);
const inShort = (decision: IssueDecision): string =>
  decision.outcome === 'REFUSED' ? decision.code : `${decision.outcome} ${numberOf(decision)}`;
const numberOf = (decision: Exclude<IssueDecision, { outcome: 'REFUSED' }>) =>
  decision.issue.status === 'ISSUED' ? decision.issue.issueNumber : decision.issue.reason;

async function issue(
  id: CouponId,
  names: string[],
  by = store,
): Promise<Extract<IssueNowResult, { found: true }>> {
  const result = await by.issueNow(id, names.map(user));
  if (!result.found) throw new Error('The coupon was not found.');
  return result;
}
const issueInShort = async (id: CouponId, names: string[], by = store) =>
  (await issue(id, names, by)).decisions.map(inShort);

describe('V1 in one transaction', () => {
  it('writes a row for every issue, with running numbers, and counts them', async () => {
    const { id } = await open({ totalQuantity: 3, validForDays: 1 });
    expect(await issueInShort(id, ['c', 'a'])).toEqual(['ISSUED 1', 'ISSUED 2']);
    expect(await issueInShort(id, ['a', 'b', 'd'])).toEqual(['REPEATED 2', 'ISSUED 3', 'SOLD_OUT']);
    expect(await finalRows(database, id)).toMatchObject([
      { user: 'c', status: 'ISSUED', number: 1, ticket: null },
      { user: 'a', number: 2 },
      { user: 'b', number: 3 },
    ]);
    expect(await readCoupon(database, id)).toMatchObject({ issuedQuantity: 3, issuedByV1: 3, returned: 0 });
  });

  it('I5: a winner among people who are refused, or among new winners, reads the issue', async () => {
    const { id } = await open({ totalQuantity: 4 });
    const freshStore = () => new MysqlIssueStore(database.unitOfWork());
    expect(await issueInShort(id, ['a'], freshStore())).toEqual(['ISSUED 1']);
    expect(await issueInShort(id, ['b', 'a', 'b'], freshStore())).toEqual([
      'ISSUED 2',
      'REPEATED 1',
      'REPEATED 2',
    ]);
    expect(await issueInShort(id, ['c', 'b', 'd', 'e'], freshStore())).toEqual([
      'ISSUED 3',
      'REPEATED 2',
      'ISSUED 4',
      'SOLD_OUT',
    ]);
    expect(await issueInShort(id, ['f', 'd'], freshStore())).toEqual(['SOLD_OUT', 'REPEATED 4']);
    await database.query("UPDATE coupons SET state = 'PAUSED' WHERE id = ?", [id]);
    expect(await issueInShort(id, ['f', 'd'], freshStore())).toEqual(['PAUSED', 'REPEATED 4']);
    expect(await readCoupon(database, id)).toMatchObject({ issuedQuantity: 4, issuedByV1: 4 });
  });

  it('answers a repeat with the very same issue, to the millisecond', async () => {
    const { id } = await open({ validForDays: 1 });
    const [first] = (await issue(id, ['a'])).decisions;
    const [again] = (await issue(id, ['a'])).decisions;
    expect(again).toEqual({ ...first, outcome: 'REPEATED' });
  });

  it('tells the gate the new capacity and who was issued, and says nothing where nothing was', async () => {
    const { id, gateVersion } = await open({ totalQuantity: 2 });
    const { update } = await issue(id, ['a', 'b', 'c']);
    expect(update).toMatchObject({
      view: { couponId: id, version: gateVersion + 1, capacity: 0 },
      issuedByV1: ['a', 'b'],
    });
    expect((await issue(id, ['a', 'd'])).update).toBeNull();
    expect(await readCoupon(database, id)).toMatchObject({ gateVersion: gateVersion + 1 });
  });

  it('has no gate to tell of a coupon that V2 does not serve', async () => {
    const { id } = await open({ issueMode: 'SYNC' });
    expect((await issue(id, ['a'])).update).toBeNull();
  });

  it('does not find a DRAFT, nor what does not exist', async () => {
    const draft = await open({}, { state: 'DRAFT' });
    expect(await store.issueNow(draft.id, users(2))).toEqual({ found: false });
    expect(await store.issueNow(couponId(999_999), users(2))).toEqual({ found: false });
  });

  it('does not serve a coupon of V2 alone, not even with its row', async () => {
    const { id } = await open({ issueMode: 'BOTH' });
    await issue(id, ['a']);
    await database.query("UPDATE coupons SET issue_mode = 'ASYNC' WHERE id = ?", [id]);
    expect(await issueInShort(id, ['a', 'b'])).toEqual(['WRONG_MODE', 'WRONG_MODE']);
  });

  it('I1 I2 I11: is exact where many batches with the same users run at once', async () => {
    const { id } = await open({ totalQuantity: 20 });
    const batches = Array.from({ length: 16 }, (_, i) => users(8, `u${i % 5}-`));
    await Promise.all(batches.map((names) => store.issueNow(id, names)));
    const rows = await finalRows(database, id);
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(new Set(rows.map((row) => row.user)).size).toBe(20);
    expect(await readCoupon(database, id)).toMatchObject({ issuedQuantity: 20, issuedByV1: 20 });
  });
});

/** MySQL's clock as the test sets it, for the session of each unit of work. */
class AtTime extends UnitOfWork {
  now = 0;

  override run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return super.run(async (tx) => {
      await tx.write('SET SESSION timestamp = ?', [this.now / 1_000]);
      try {
        return await work(tx);
      } finally {
        await tx.write('SET SESSION timestamp = DEFAULT');
      }
    });
  }
}

describe("V1's window, by MySQL's clock", () => {
  const START = Date.UTC(2027, 2, 28, 1, 59, 59, 999);
  const END = Date.UTC(2027, 2, 28, 2, 0, 0, 1);

  it('holds its first millisecond, and not its end', async () => {
    const clock = new AtTime(database.pool);
    const byClock = new MysqlIssueStore(clock);
    const { id } = await open({ issueStartsAt: START, issueEndsAt: END });
    const seen: string[] = [];
    for (const now of [START - 1, START, END - 1, END]) {
      clock.now = now;
      seen.push(...(await issueInShort(id, [`at-${now}`], byClock)));
    }
    expect(seen).toEqual(['NOT_STARTED', 'ISSUED 1', 'ISSUED 2', 'ENDED']);
    const rows = await database.query<{ at: Date }>(
      'SELECT issued_at AS at FROM coupon_issues WHERE coupon_id = ? ORDER BY issue_number',
      [id],
    );
    expect(rows.map(({ at }) => at.getTime())).toEqual([START, END - 1]);
  });

  it('is judged after the lock: who waits for it past the end is refused', async () => {
    const { id } = await open();
    await database.query(
      'UPDATE coupons SET issue_ends_at = UTC_TIMESTAMP(3) + INTERVAL 400000 MICROSECOND WHERE id = ?',
      [id],
    );
    const answer = await whileLocked(id, 'issue_ends_at', () => issueInShort(id, ['a', 'b']));
    expect(answer).toEqual(['ENDED', 'ENDED']);
    expect(await finalRows(database, id)).toEqual([]);
  });

  it('is judged after the lock: who waits for it past the start is issued', async () => {
    const { id } = await open();
    await database.query(
      'UPDATE coupons SET issue_starts_at = UTC_TIMESTAMP(3) + INTERVAL 400000 MICROSECOND WHERE id = ?',
      [id],
    );
    const answer = await whileLocked(id, 'issue_starts_at', () => issueInShort(id, ['a']));
    expect(answer).toEqual(['ISSUED 1']);
  });
});

/** Begins the work while another session holds the row, and lets go of it once that moment has passed. */
async function whileLocked<T>(id: CouponId, moment: string, work: () => Promise<T>): Promise<T> {
  const other = await database.session();
  await other.query('START TRANSACTION');
  await other.query('SELECT id FROM coupons WHERE id = ? FOR UPDATE', [id]);
  const working = work();
  const passed = `SELECT UTC_TIMESTAMP(3) >= ${moment} AS passed FROM coupons WHERE id = ?`;
  for (;;) {
    const [[row]] = (await other.query(passed, [id])) as unknown as [[{ passed: number }]];
    if (Number(row.passed) === 1) break;
  }
  await other.query('ROLLBACK');
  const answer = await working;
  await other.end();
  return answer;
}

describe('a COMMIT of unknown outcome at the V1 door', () => {
  it.each([
    ['before', ['ISSUED 1', 'ISSUED 2', 'SOLD_OUT']],
    ['after', ['REPEATED 1', 'REPEATED 2', 'SOLD_OUT']],
  ] as const)(
    'is settled by running again under the same lock (%s the server had it)',
    async (when, expected) => {
      const losing = new LosingOnce(database.pool);
      losing.lose = when;
      const { id } = await open({ totalQuantity: 2 });
      expect(await issueInShort(id, ['a', 'b', 'c'], new MysqlIssueStore(losing))).toEqual(expected);
      expect((await finalRows(database, id)).map((row) => [row.user, row.number])).toEqual([
        ['a', 1],
        ['b', 2],
      ]);
      expect(await readCoupon(database, id)).toMatchObject({ issuedQuantity: 2, issuedByV1: 2 });
    },
  );
});
