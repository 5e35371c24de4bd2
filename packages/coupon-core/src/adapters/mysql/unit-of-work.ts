import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolConnection, ResultSetHeader, RowDataPacket } from 'mysql2';
import { CouponChanged } from '../../catalog/coupon-changed.js';
import type { CouponId } from '../../coupon/ids.js';
import { StoreUnavailable } from '../../issuance/issue-store.js';
import { measured } from '../../metrics/plain-metrics.js';
import { readSeconds, transactionSeconds } from '../../metrics/process-metrics.js';
import type { Traceparent } from '../../tracing/traceparent.js';
import { type Guard, UNGUARDED } from '../circuit-breaker.js';
import { type LookedRow, lookCouponsSql, toReading } from './coupon.row.js';
import {
  isDataFault,
  isDuplicateKey,
  isRetryable,
  isUnreachable,
  STATEMENT_TIMEOUT_MS,
  sendSql,
} from './database.js';
import { Snapshot } from './snapshot.js';

const ATTEMPTS_MAX = 5;
const BACKOFF_MS = 20;

/** COMMIT was sent and not answered: the rows must be looked up before anybody is told anything. */
export class CommitOutcomeUnknown extends StoreUnavailable {}

class Rollback {
  constructor(readonly value: unknown) {}
}

/** What a statement answers: the rows of a SELECT, or the header of a write. */
type Result = RowDataPacket[] | ResultSetHeader;

/** One real transaction on one connection. Statements must not be run beside it. */
export class Transaction {
  readonly committed: (() => void)[] = [];
  private readonly last: string[] = [];
  private readonly changed = new Set<CouponId>();
  private traces: Map<CouponId, Traceparent> | null = null;
  private begun = false;

  constructor(
    private readonly connection: PoolConnection,
    private readonly onCouponChanged: (change: CouponChanged) => void,
    /** Whether anybody is told of events: else none is written, which a batch would pay for. */
    readonly tellsEvents: boolean,
  ) {}

  rows<T>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    return this.send<RowDataPacket[]>(sql, values) as Promise<unknown> as Promise<T[]>;
  }

  write(sql: string, values: readonly unknown[] = []): Promise<ResultSetHeader> {
    return this.send<ResultSetHeader>(sql, values);
  }

  /** Runs after the outer commit; for what may be lost. Its errors are counted, not thrown. */
  afterCommit(hint: () => void): void {
    this.committed.push(hint);
  }

  /**
   * For whatever readers should see at once: every edit, every change of state, selling out; not each issue. The
   * statement itself moves `version` and `updated_at`, by which the sweeper finds the row if this hint is lost.
   */
  couponChanged(id: CouponId): void {
    this.changed.add(id);
  }

  /** Says who is to be named by the events of a coupon; the first word counts. */
  traced(id: CouponId, trace: Traceparent): void {
    this.traces ??= new Map();
    if (!this.traces.has(id)) this.traces.set(id, trace);
  }

  traceOf(id: CouponId): Traceparent | null {
    return this.traces?.get(id) ?? null;
  }

  /** Ends the unit of work with a value and without any of its writes. */
  rollBackWith(value: unknown): never {
    throw new Rollback(value);
  }

  /**
   * Several statements in one round trip, since under a lock each trip keeps everybody else waiting. The first that
   * fails is the last that is executed. Values are part of the statements: whoever makes them escapes.
   */
  together<T extends unknown[]>(statements: readonly string[]): Promise<T> {
    if (statements.length > 1)
      return this.send<Result[]>(statements.join(';'), []) as Promise<unknown> as Promise<T>;
    return this.send<Result>(statements[0]!, []).then((only) => [only] as unknown[] as T);
  }

  /**
   * Writes that nothing of the unit of work reads: they travel with COMMIT, which spares a trip under the lock. The
   * first that fails keeps COMMIT from being executed. Values are part of the statements.
   */
  atTheEnd(statements: readonly string[]): void {
    this.last.push(...statements);
  }

  /**
   * Executes what was kept for the end, and COMMIT behind it. Coupons of which readers are to be told are read on the
   * way, under the lock, so that nobody has to read them again.
   */
  async commit(): Promise<void> {
    if (this.changed.size === 0) {
      await this.together([...this.last, 'COMMIT']);
      return;
    }
    const trueAt = performance.now();
    const look = lookCouponsSql([...this.changed]);
    const rows = (await this.together([...this.last, look, 'COMMIT'])).at(-2) as LookedRow[];
    for (const reading of rows.map(toReading)) {
      this.afterCommit(() => this.onCouponChanged(new CouponChanged(reading.coupon.id, { reading, trueAt })));
    }
  }

  /** The transaction begins together with its first statement. */
  private send<T extends Result | Result[]>(sql: string, values: readonly unknown[]): Promise<T> {
    const isFirst = !this.begun;
    this.begun = true;
    const options = {
      sql: isFirst ? `START TRANSACTION;${sql}` : sql,
      values: values as unknown[],
      timeout: STATEMENT_TIMEOUT_MS,
    };
    if (!isFirst) return sendSql<T>(this.connection, options);
    return sendSql<Result[]>(this.connection, options).then((results) => withoutFirst(results) as T);
  }
}

/** The server has refused a statement, so that the COMMIT behind it was not executed. */
const isRefusal = (cause: unknown): boolean =>
  isRetryable(cause) || isDuplicateKey(cause) || isDataFault(cause);

function withoutFirst([_begin, ...results]: Result[]): Result | Result[] {
  return results.length === 1 ? results[0]! : results;
}

/**
 * Runs a use case's writes in one transaction. Calls from inside join the transaction that is open. Deadlocks and
 * lock time-outs restart the whole unit; a connection whose COMMIT or ROLLBACK failed is destroyed.
 */
export class UnitOfWork {
  private readonly current = new AsyncLocalStorage<Transaction>();
  /** Errors of after-commit callbacks: the write had been committed, so they are nobody's failure. */
  lostHints = 0;

  constructor(
    private readonly pool: Pool,
    private readonly onCouponChanged: (change: CouponChanged) => void = () => undefined,
    private readonly tellsEvents = true,
    private readonly guard: Guard = UNGUARDED,
  ) {}

  run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const outer = this.current.getStore();
    return outer ? work(outer) : this.guard.run(() => this.attempts(work));
  }

  /** A read beside all transactions; throws `StoreUnavailable` where the database does not answer. */
  reading<T>(read: () => Promise<T>): Promise<T> {
    return this.guard.run(async () => {
      try {
        return await measured(readSeconds, read);
      } catch (cause) {
        const { driverError = cause } = cause as { driverError?: unknown };
        if (!isUnreachable(driverError)) throw cause;
        throw new StoreUnavailable('The database did not answer.', { cause: driverError });
      }
    });
  }

  /** For reading a lot beside the work of others; the caller closes it. */
  async openSnapshot(): Promise<Snapshot> {
    return Snapshot.open(await this.acquire());
  }

  private async attempts<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(work);
      } catch (cause) {
        if (!isRetryable(cause)) throw cause;
        if (attempt === ATTEMPTS_MAX) throw new StoreUnavailable('The rows stayed locked.', { cause });
        await sleep(Math.random() * BACKOFF_MS * 2 ** attempt);
      }
    }
  }

  private async attempt<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const begunAt = performance.now();
    let outcome = 'done';
    try {
      return await this.transact(work);
    } catch (cause) {
      outcome = isRetryable(cause) ? 'restarted' : isDuplicateKey(cause) ? 'duplicate_key' : 'failed';
      throw cause;
    } finally {
      transactionSeconds.of(outcome).observe((performance.now() - begunAt) / 1_000);
    }
  }

  private async transact<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const connection = await this.acquire();
    const tx = new Transaction(connection, this.onCouponChanged, this.tellsEvents);
    let committing = false;
    try {
      const value = await this.current.run(tx, () => work(tx));
      committing = true;
      await this.commit(tx);
      connection.release();
      this.runHints(tx);
      return value;
    } catch (cause) {
      if (committing && !isRefusal(cause)) {
        connection.destroy();
        throw new CommitOutcomeUnknown('COMMIT was not answered.', { cause });
      }
      if (isUnreachable(cause)) {
        // A roll-back would wait behind the statement that is not answered.
        connection.destroy();
        throw new StoreUnavailable('The database did not answer.', { cause });
      }
      await this.rollBack(tx, connection);
      if (cause instanceof Rollback) return cause.value as T;
      throw cause;
    }
  }

  /** Overridden by tests that lose the answer of a COMMIT. */
  protected async commit(tx: Transaction): Promise<void> {
    await tx.commit();
  }

  private acquire(): Promise<PoolConnection> {
    return new Promise((resolve, reject) => {
      this.pool.getConnection((cause, connection) =>
        cause
          ? reject(new StoreUnavailable('No connection to the database.', { cause }))
          : resolve(connection),
      );
    });
  }

  private async rollBack(tx: Transaction, connection: PoolConnection): Promise<void> {
    try {
      await tx.write('ROLLBACK');
      connection.release();
    } catch {
      // Back in the pool it would carry its open transaction into somebody else's work.
      connection.destroy();
    }
  }

  private runHints(tx: Transaction): void {
    for (const hint of tx.committed) {
      try {
        hint();
      } catch {
        this.lostHints += 1;
      }
    }
  }
}
