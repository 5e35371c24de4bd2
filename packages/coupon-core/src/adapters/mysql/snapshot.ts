import type { PoolConnection, RowDataPacket } from 'mysql2';
import { StoreUnavailable } from '../../issuance/issue-store.js';
import { isUnreachable, STATEMENT_TIMEOUT_MS } from './database.js';

/**
 * Reads everything as it was at one moment, without a lock, and keeps a connection to itself until it is closed.
 */
export class Snapshot {
  private failed = false;

  private constructor(private readonly connection: PoolConnection) {}

  static async open(connection: PoolConnection): Promise<Snapshot> {
    const snapshot = new Snapshot(connection);
    try {
      await snapshot.rows('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      await snapshot.rows('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
    } catch (cause) {
      await snapshot.close();
      throw cause;
    }
    return snapshot;
  }

  rows<T>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    const options = { sql, values: values as unknown[], timeout: STATEMENT_TIMEOUT_MS };
    return new Promise((resolve, reject) => {
      this.connection.query<RowDataPacket[]>(options, (cause, rows) => {
        if (!cause) return resolve(rows as unknown[] as T[]);
        this.failed = true;
        reject(
          isUnreachable(cause) ? new StoreUnavailable('The database did not answer.', { cause }) : cause,
        );
      });
    });
  }

  /** A connection of which something is unknown never goes back to the pool. */
  async close(): Promise<void> {
    if (!this.failed) await this.rows('COMMIT').catch(() => undefined);
    if (this.failed) this.connection.destroy();
    else this.connection.release();
  }
}
