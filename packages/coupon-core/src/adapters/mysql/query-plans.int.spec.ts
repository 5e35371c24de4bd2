import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Outbox } from 'messaging';
import type { AuditLog } from '../../campaign/audit-log.js';
import type { CouponStore } from '../../campaign/coupon-store.js';
import type { Coupon } from '../../coupon/coupon.js';
import type { CouponId } from '../../coupon/ids.js';
import type { DeadLetterStore } from '../../dead-letters/dead-letter-store.js';
import type { IssueReader, IssueStore } from '../../issuance/issue-store.js';
import { aDefinition, couponId, OPERATOR, users } from '../../testing/a-coupon.js';
import { allOf } from '../../testing/all-of.js';
import { anEntry } from '../../testing/an-entry.js';
import { couponStore, openCoupon } from '../../testing/coupon-rows.js';
import { fillTables } from '../../testing/many-rows.js';
import { shapeOf, statementsDuring } from '../../testing/sent-statements.js';
import { TestDatabase } from '../../testing/test-database.js';
import { MysqlAuditLog } from './audit-log.mysql.js';
import { MysqlDeadLetterStore } from './dead-letter-store.mysql.js';
import { MysqlIssueReader } from './issue-reader.mysql.js';
import { MysqlIssueStore } from './issue-store.mysql.js';

const DOCUMENT = new URL('../../../../../docs/query-plans.md', import.meta.url);

let database: TestDatabase;
let hot: Coupon;
let some: CouponId[];
let coupons: CouponStore;
let issues: IssueStore;
let reader: IssueReader;
let deadLetters: DeadLetterStore;
let audit: AuditLog;
let outbox: Outbox;

beforeAll(async () => {
  database = await TestDatabase.create();
  hot = await openCoupon(
    database,
    { totalQuantity: null, returnCancelledUnits: true },
    { issued_quantity: 40_000, gate_version_taken: 1 },
  );
  await fillTables(database, hot.id, { coupons: 3_000, issues: 40_000 });
  const rows = await database.query<{ id: number }>('SELECT id FROM coupons ORDER BY id LIMIT 200');
  some = rows.map(({ id }) => couponId(Number(id)));
  await database.query('UPDATE coupons SET gate_version = 9 WHERE id IN (?)', [some.slice(0, 5)]);
  await database.query('ANALYZE TABLE coupons');
  coupons = couponStore(database);
  issues = new MysqlIssueStore(database.unitOfWork());
  reader = new MysqlIssueReader(database.pool);
  audit = new MysqlAuditLog(database.dataSource, database.unitOfWork());
  const unitOfWork = database.unitOfWork();
  outbox = new Outbox((work) => unitOfWork.run(work), 'a relay');
  await fillOutbox();
  deadLetters = new MysqlDeadLetterStore(database.dataSource, database.unitOfWork());
});

afterAll(() => database?.drop());

/** Mostly what was published before, as in a database that has been in use. */
async function fillOutbox(): Promise<void> {
  const row = (i: number) => [i % 4, 'talk', String(i), '{}', i % 50 === 0 ? null : new Date(i * 1_000)];
  const rows = Array.from({ length: 20_000 }, (_, i) => row(i));
  const columns = 'partition_no, topic, message_key, message, published_at';
  await database.query(`INSERT INTO outbox (${columns}) VALUES ?`, [rows]);
  await database.query('ANALYZE TABLE outbox');
}

type Use = [use: string, work: () => Promise<unknown>];

/** What sends all statements of each method: a new method does not compile until it is used here. */
const ISSUE_STORE: Record<keyof IssueStore, Use> = {
  issueNow: [
    'V1',
    async () => {
      await issues.issueNow(hot.id, users(200, 'v1-'));
      // The same again: the insert fails, and the rows are looked up.
      await issues.issueNow(hot.id, users(200, 'v1-'));
    },
  ],
  settle: [
    'drain',
    async () => {
      const entries = some.map((id) => anEntry(id, users(2, 'v2-')));
      // Winners of V1 with a second ticket: they bring the look-up and the voids.
      entries.push(anEntry(hot.id, ['v1-1', 'v1-2'], { firstTicket: 2_000_000 }));
      // A store of its own: one that remembers V1's repeats a moment ago would look up that coupon only.
      const fresh = new MysqlIssueStore(database.unitOfWork());
      await fresh.settle(entries, new Map(entries.map((entry) => [entry.couponId, 1])));
    },
  ],
  takeBack: [
    'cancel, revoke',
    async () => {
      const members = (from: number, count: number) =>
        Array.from({ length: count }, (_, i) => ({ issueNumber: from + i, owner: null, by: OPERATOR }));
      await issues.takeBack(hot.id, members(7, 1), 'CANCELLED');
      await issues.takeBack(hot.id, members(101, 200), 'CANCELLED');
    },
  ],
  keepDeadLetters: [
    'dead letters',
    () =>
      issues.keepDeadLetters(
        [{ entry: anEntry(hot.id, []), claims: anEntry(hot.id, ['dead']).claims }],
        'A test.',
      ),
  ],
  mintEpoch: ['rebuild', () => issues.mintEpoch(hot.id, OPERATOR)],
  activateEpoch: [
    'rebuild',
    async () => {
      const rows = (await issues.activateEpoch(hot.id, 2))!;
      await allOf(rows.claims());
      await allOf(rows.deadLetters());
      await rows.findVoided(users(200, 'v1-').map((userId, i) => ({ userId, epoch: 1, ticket: i + 1 })));
      await rows.close();
    },
  ],
  markBuilt: ['rebuild', () => issues.markBuilt(hot.id, 2)],
  findUndecided: [
    'reconciliation',
    () =>
      issues.findUndecided(
        hot.id,
        users(500, 'nobody-').map((userId, i) => ({ userId, epoch: 1, ticket: 5_000_000 + i })),
      ),
  ],
  countDeadLetters: ['reconciliation', () => issues.countDeadLetters(hot.id)],
  markShrunk: ['shrinking', () => issues.markShrunk(hot.id, 0)],
  recordLost: ['receipt after shrinking', () => issues.recordLost(hot.id, users(1, 'forgotten-')[0]!)],
  noteDrivenAgain: ['reconciliation', () => issues.noteDrivenAgain(hot.id, 1, OPERATOR)],
};

const ISSUE_READER: Record<keyof IssueReader, Use> = {
  find: [
    'look-up of claims',
    () =>
      Promise.all(some.slice(0, 4).flatMap((id) => users(50, 'x0-').map((name) => reader.find(id, name)))),
  ],
};

const COUPON_STORE: Record<keyof CouponStore, Use> = {
  findUntakenViews: ['sweeper', () => coupons.findUntakenViews(500)],
  markTaken: ['sweeper', async () => coupons.markTaken(await coupons.findUntakenViews(500))],
  findServed: [
    'restoring gates',
    () => coupons.findServed({ state: 'OPEN', limit: 200, beforeId: couponId(1_000) }),
  ],
  findChanged: ['sweeper of the cache', () => coupons.findChanged(Date.now() - 15_000, couponId(7), 200)],
  look: ['catalogue: one coupon', () => coupons.look([hot.id])],
  find: ['doors: one coupon', () => coupons.find(hot.id)],
  findLiveGates: ['reconciliation', () => coupons.findLiveGates(200, 0)],
  list: [
    'catalogue: list',
    async () => {
      await coupons.list({ states: ['OPEN', 'PAUSED', 'CLOSED'], limit: 21, beforeId: null });
      await coupons.list({ states: ['OPEN'], limit: 21, beforeId: null });
      await coupons.list({ states: ['OPEN', 'PAUSED', 'CLOSED'], limit: 21, beforeId: couponId(1_000) });
      await coupons.list({ states: ['OPEN'], limit: 21, beforeId: couponId(1_000) });
    },
  ],
  now: ['catalogue: list', () => coupons.now()],
  create: ['operator: create', () => coupons.create(aDefinition(), OPERATOR)],
  edit: ['operator: edit', () => coupons.edit(hot.id, { title: 'Another' }, null, OPERATOR)],
  changeTotal: [
    'operator: quantity',
    async () => {
      await coupons.changeTotal(hot.id, 1_000_000, OPERATOR);
      const { coupon } = (await coupons.changeTotal(hot.id, 1_000_000, OPERATOR))!;
      await coupons.finishDecrease(hot.id, coupon.decrease!.id, true);
      await coupons.changeTotal(hot.id, null, OPERATOR);
    },
  ],
  finishDecrease: ['sweeper', () => coupons.finishDecrease(hot.id, 0, true)],
  moveState: ['operator: open, pause, close', () => coupons.moveState(hot.id, 'PAUSED', OPERATOR)],
};

const AUDIT_LOG: Record<keyof AuditLog, Use> = {
  list: [
    'operator: audit',
    async () => {
      await audit.list({ couponId: null, beforeId: null, limit: 21 });
      await audit.list({ couponId: hot.id, beforeId: 1_000, limit: 21 });
    },
  ],
};

const DEAD_LETTERS: Record<keyof DeadLetterStore, Use> = {
  find: ['operator: one dead letter', () => deadLetters.find(1)],
  list: [
    'operator: dead letters',
    async () => {
      const page = { beforeId: null, limit: 21 };
      await deadLetters.list({ ...page, couponId: null, state: null });
      await deadLetters.list({ ...page, couponId: null, state: 'WAITING' });
      await deadLetters.list({ ...page, couponId: hot.id, state: 'WAITING' });
    },
  ],
  findDue: ['dead letters again', () => deadLetters.findDue(100)],
  purge: ['purge of dead letters', () => deadLetters.purge(86_400, 1_000)],
  countOpen: ['metrics of the consumer', () => deadLetters.countOpen()],
  retry: ['dead letters again', () => deadLetters.retry(1, OPERATOR)],
  discard: ['operator: discard', () => deadLetters.discard(1, OPERATOR)],
};

const OUTBOX: Record<keyof Outbox, Use> = {
  claim: ['relay', () => outbox.claim()],
  hasPending: ['relay', () => outbox.hasPending()],
  pending: ['relay', () => outbox.pending(0, 200)],
  markPublished: ['relay', async () => outbox.markPublished(await outbox.pending(0, 200))],
  purge: ['purge of the outbox', () => outbox.purge(86_400, 1_000)],
  backlog: ['metrics of the consumer', () => outbox.backlog()],
  release: ['relay, at its end', () => outbox.release()],
};

interface Line {
  use: string;
  statement: string;
  plans: { MariaDB: string; MySQL: string };
}

const textOf = ({ use, statement, plans: { MariaDB, MySQL } }: Line) =>
  `| ${use} | ${statement} | ${MariaDB} | ${MySQL} |`;

/** The lines of the document's one table. */
async function documentLines(): Promise<Line[]> {
  const rows = (await readFile(DOCUMENT, 'utf8')).split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) => {
    const [use, statement, MariaDB, MySQL] = row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim());
    return { use: use!, statement: statement!, plans: { MariaDB: MariaDB!, MySQL: MySQL! } };
  });
}

/** Access type and index of each table that is read; an insert, and a statement without a table, has no plan. */
async function planOf(sql: string): Promise<string> {
  if (!/^(SELECT .* FROM|UPDATE|DELETE) /.test(sql)) return '—';
  const lines = await database.query<{ type: string | null; key: string | null }>(
    `EXPLAIN FORMAT=TRADITIONAL ${sql}`,
  );
  return lines.map(({ type, key }) => `${type} ${key === null ? 'without index' : `\`${key}\``}`).join(', ');
}

/** Every statement of every use, in the order of its first sending, as the document should have it. */
async function linesOfThisServer(): Promise<Line[]> {
  const [server] = await database.query<{ version: string }>('SELECT VERSION() AS version');
  const column = server!.version.includes('MariaDB') ? 'MariaDB' : 'MySQL';
  const known = await documentLines();
  const lines: Line[] = [];
  for (const [use, work] of [
    ISSUE_STORE,
    ISSUE_READER,
    COUPON_STORE,
    AUDIT_LOG,
    DEAD_LETTERS,
    OUTBOX,
  ].flatMap((uses) => Object.values(uses))) {
    for (const sql of await statementsDuring(database.name, work)) {
      const statement = `\`${shapeOf(sql)}\``;
      const isSame = (line: Line) => line.use === use && line.statement === statement;
      const plan = await planOf(sql);
      const line = lines.find(isSame);
      if (!line) {
        const plans = { MariaDB: '?', MySQL: '?', ...known.find(isSame)?.plans, [column]: plan };
        lines.push({ use, statement, plans });
      } else if (!line.plans[column].split(' or ').includes(plan)) {
        line.plans[column] += ` or ${plan}`;
      }
    }
  }
  return lines;
}

describe('docs/query-plans.md', () => {
  it('has a line for every statement, with the plan that this server chooses on tables with many rows', async () => {
    const [has, shouldHave] = [await documentLines(), await linesOfThisServer()].map((lines) =>
      lines.map(textOf),
    );
    expect({
      linesToAdd: shouldHave!.filter((line) => !has!.includes(line)),
      linesToRemove: has!.filter((line) => !shouldHave!.includes(line)),
    }).toEqual({ linesToAdd: [], linesToRemove: [] });
  });

  it('has no plan that reads a whole table or a whole index', async () => {
    // The leases are four rows, whatever happens.
    const lines = (await documentLines()).map(textOf).filter((line) => !line.includes('outbox_leases'));
    expect(lines.filter((line) => /(\||,| or) (ALL|index) |without index/.test(line))).toEqual([]);
  });
});
