import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type Transaction, UnitOfWork } from '../adapters/mysql/unit-of-work.js';
import { violationsOf } from '../testing/check-evidence.js';
import { CoreProcess } from '../testing/core-process.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { Rush, type RushShape } from '../testing/rush.js';
import { printedSeed, seededRandom } from '../testing/seed.js';
import { TestDatabase } from '../testing/test-database.js';

const random = seededRandom(printedSeed());

/** What is taken away from a unit of work: a part of its statements, or of what it reads. */
interface Sabotage {
  sql?(sql: string): string;
  row?(row: Record<string, unknown>): Record<string, unknown>;
  /** How long it dwells on what it has read, so that others come in between. */
  dwellMs?: number;
}

class SabotagedUnitOfWork extends UnitOfWork {
  constructor(
    database: TestDatabase,
    private readonly sabotage: Sabotage,
  ) {
    super(database.pool);
  }

  override run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const { sql: change = (sql) => sql, row: alter = (row) => row, dwellMs = 0 } = this.sabotage;
    const rows = async (tx: Transaction, sql: string, values?: readonly unknown[]) => {
      const read = await tx.rows<Record<string, unknown>>(change(sql), values);
      if (dwellMs > 0) await sleep(dwellMs);
      return read.map(alter);
    };
    const together = async (tx: Transaction, statements: readonly string[]) => {
      const results = await tx.together<unknown[]>(statements.map(change));
      if (dwellMs > 0) await sleep(dwellMs);
      return results.map((result) => (Array.isArray(result) ? result.map(alter) : result));
    };
    return super.run((tx) =>
      work(
        Object.assign(Object.create(tx) as Transaction, {
          rows: (sql: string, values?: readonly unknown[]) => rows(tx, sql, values),
          write: (sql: string, values?: readonly unknown[]) => tx.write(change(sql), values),
          together: (statements: readonly string[]) => together(tx, statements),
          atTheEnd: (statements: readonly string[]) => tx.atTheEnd(statements.map(change)),
        }),
      ),
    );
  }
}

const WITHOUT_ROW_LOCK: Sabotage = { sql: (sql) => sql.replace('FOR UPDATE', ''), dwellMs: 10 };
const WITHOUT_STOCK_CHECK: Sabotage = {
  row: (row) => ('totalQuantity' in row ? { ...row, totalQuantity: null } : row),
};
/** A cancelled row reads as if nothing had happened to it. */
const FORGETS_CANCELLATION: Sabotage['row'] = (row) =>
  'lifecycle' in row ? { ...row, lifecycle: null } : row;
/** The statement ends it once more: what it writes besides is a change every time. */
const CANCELS_ANEW: Sabotage['sql'] = (sql) =>
  sql
    .replace(' AND lifecycle IS NULL', '')
    .replace(
      "lifecycle = 'CANCELLED'",
      "lifecycle = 'CANCELLED', used_at = FROM_UNIXTIME(RAND() * 2000000000)",
    );
const DROP_CHECK = 'ALTER TABLE coupons DROP CONSTRAINT coupons_never_over_issued';
/** The key keeps its name, which the look-ups use, but two rows of one user no longer collide in it. */
const WEAKEN_PRIMARY_KEY = `ALTER TABLE coupon_issues ADD COLUMN row_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE,
  DROP PRIMARY KEY, ADD PRIMARY KEY (coupon_id, user_id, ordinal, row_id)`;
const DROP_NUMBER_KEY = 'ALTER TABLE coupon_issues DROP KEY coupon_issues_number';

let database: TestDatabase;
let fresh: FreshRedis;

beforeEach(async () => {
  // What fails here fails on purpose.
  Logger.overrideLogger(false);
  database = await TestDatabase.create();
  fresh = await FreshRedis.create();
});

afterEach(async () => {
  await fresh.close();
  await database.drop();
});

/** The invariants that the checker finds broken, each once. */
async function brokenBy(sabotage: Sabotage, ddl: string[], shape: RushShape): Promise<string[]> {
  for (const statement of ddl) await database.query(statement);
  const processes = await Promise.all(
    ['one', 'two'].map((name) =>
      CoreProcess.create(database, fresh, name, {
        unitOfWork: new SabotagedUnitOfWork(database, sabotage),
      }),
    ),
  );
  for (const each of processes) each.startWorker();
  try {
    const evidence = await new Rush(database, fresh, processes, random).run(shape);
    return [...new Set(violationsOf(evidence).map((violation) => violation.split(':')[0]!))].sort();
  } finally {
    await Promise.all(processes.map((each) => each.stop()));
  }
}

const SYNC: RushShape = { issueMode: 'SYNC', total: 150, users: 200, requests: 400 };
/** Nobody asks twice: a duplicate would let the primary key refuse a batch whose numbers are wrong. */
const ONCE: RushShape = { ...SYNC, requests: 200 };
const CANCELLING: RushShape = { issueMode: 'BOTH', total: 40, users: 200, requests: 400, cancelling: 0.4 };
const BOTH: RushShape = { issueMode: 'BOTH', total: 150, users: 200, requests: 600 };

describe('the checker finds what a missing guard lets through', () => {
  it('without the primary key as a guard, somebody gets two (I2)', async () => {
    expect(await brokenBy({}, [WEAKEN_PRIMARY_KEY], BOTH)).toContain('I2');
  });

  it('without any check of the stock, too many are issued (I1)', async () => {
    expect(await brokenBy(WITHOUT_STOCK_CHECK, [DROP_CHECK], SYNC)).toContain('I1');
  });

  it('with a row that forgets its cancellation, each repeat gives back another unit (I12)', async () => {
    const sabotage = { row: FORGETS_CANCELLATION, sql: CANCELS_ANEW };
    expect(await brokenBy(sabotage, [], CANCELLING)).toContain('I12');
  });

  it('without the lock of the row and the key of the numbers, numbers are given twice (I11)', async () => {
    expect(await brokenBy(WITHOUT_ROW_LOCK, [DROP_NUMBER_KEY, DROP_CHECK], ONCE)).toContain('I11');
  });
});

describe('one guard stands behind another', () => {
  it('without the decision that sees a cancelled row, its statement still gives back once', async () => {
    expect(await brokenBy({ row: FORGETS_CANCELLATION }, [], CANCELLING)).not.toContain('I12');
  });

  it('without the check in the decision, the CHECK of the row still lets no unit too many through', async () => {
    expect(await brokenBy(WITHOUT_STOCK_CHECK, [], SYNC)).not.toContain('I1');
  });

  it('without the lock of the row, the keys still let nothing through twice', async () => {
    const broken = await brokenBy(WITHOUT_ROW_LOCK, [], ONCE);
    expect(broken).not.toContain('I1');
    expect(broken).not.toContain('I2');
    expect(broken).not.toContain('I11');
  });
});
