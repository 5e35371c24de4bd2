import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, createConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';
import { insertIssues } from '../baselines/insert-issues.js';

const ROWS_MAX = 20_000_000;
const BATCH_ROWS = 2_000;
const DELETED_AT_ONCE = 10_000;
/** Deleted rows are only marked, and removed by the server in its own time. */
const REMOVED_MS_MAX = 60_000;
const REMOVED_POLL_MS = 200;
const TRANSACTIONS_BEHIND = 100;

/** Rows of coupons that nobody asks for, so that the table of issues is as long as after many events. */
export class OtherRows {
  private readonly couponIds: number[] = [];

  private constructor(private readonly connection: Connection) {}

  static async connect(mysqlUrl: string): Promise<OtherRows> {
    return new OtherRows(await createConnection({ uri: mysqlUrl, timezone: 'Z' }));
  }

  async count(): Promise<number> {
    const [[counted]] = await this.connection.query<RowDataPacket[]>(
      'SELECT COUNT(*) AS issues FROM coupon_issues',
    );
    return Number(counted!.issues);
  }

  /** Makes the table so long at least, by rows of this coupon. */
  async fillUpTo(rows: number, couponId: number): Promise<void> {
    if (rows > ROWS_MAX) {
      throw new Error(`${rows} rows would be too many: measure growth first, or on a system without data.`);
    }
    const missing = Math.max(0, rows - (await this.count()));
    this.couponIds.push(couponId);
    const users = Array.from({ length: missing }, (_, user) => String(user + 1));
    await insertIssues(this.connection, 'coupon_issues', couponId, users, BATCH_ROWS);
  }

  /** Takes them away again, and waits until that work is no longer in anybody's way. */
  async remove(): Promise<void> {
    for (const couponId of this.couponIds) await this.removeOf(couponId);
    const deadline = performance.now() + REMOVED_MS_MAX;
    while ((await this.transactionsBehind()) > TRANSACTIONS_BEHIND && performance.now() < deadline) {
      await sleep(REMOVED_POLL_MS);
    }
    await this.connection.end();
  }

  private async removeOf(couponId: number): Promise<void> {
    for (;;) {
      const [{ affectedRows }] = await this.connection.query<ResultSetHeader>(
        'DELETE FROM coupon_issues WHERE coupon_id = ? LIMIT ?',
        [couponId, DELETED_AT_ONCE],
      );
      if (affectedRows < DELETED_AT_ONCE) return;
    }
  }

  /** How far the server's removal is behind, as far as this account may see it. */
  private async transactionsBehind(): Promise<number> {
    try {
      const [rows] = await this.connection.query<RowDataPacket[]>(
        "SELECT `count` AS behind FROM information_schema.INNODB_METRICS WHERE name = 'trx_rseg_history_len'",
      );
      return Number(rows[0]?.behind ?? 0);
    } catch {
      return 0;
    }
  }
}
