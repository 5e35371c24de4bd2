import type { PoolConnection } from 'mysql2';
import { StoreUnavailable } from '../../issuance/issue-store.js';
import { isUnreachable, STATEMENT_TIMEOUT_MS, sendSql } from './database.js';

/** Connections on which nothing is said for long are given up, and a rebuild may be busy elsewhere for minutes. */
const SIGN_OF_LIFE_MS = 5_000;

/**
 * Reads everything as it was at one moment, without a lock, and keeps a connection to itself until it is closed.
 */
export class Snapshot {
  private failed = false;

  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly connection: PoolConnection,
    signOfLifeMs: number,
  ) {
    // Whoever reads next is told where it fails.
    this.timer = setInterval(() => this.rows('DO 0').catch(() => undefined), signOfLifeMs);
  }

  static async open(connection: PoolConnection, signOfLifeMs = SIGN_OF_LIFE_MS): Promise<Snapshot> {
    const snapshot = new Snapshot(connection, signOfLifeMs);
    try {
      await snapshot.rows('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      await snapshot.rows('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
    } catch (cause) {
      await snapshot.close();
      throw cause;
    }
    return snapshot;
  }

  async rows<T>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    try {
      const options = { sql, values: values as unknown[], timeout: STATEMENT_TIMEOUT_MS };
      return await sendSql<T[]>(this.connection, options);
    } catch (cause) {
      this.failed = true;
      throw isUnreachable(cause) ? new StoreUnavailable('The database did not answer.', { cause }) : cause;
    }
  }

  /** A connection of which something is unknown never goes back to the pool. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    if (!this.failed) await this.rows('COMMIT').catch(() => undefined);
    if (this.failed) this.connection.destroy();
    else this.connection.release();
  }
}
