import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import type { CouponCounters, IssueRow } from '../rush/evidence.js';

const PAGE_ROWS = 50_000;

/** The system's rows, read from outside through the two tables that others may read. */
export class IssueRecords {
  private constructor(private readonly connection: Connection) {}

  static async connect(mysqlUrl: string): Promise<IssueRecords> {
    return new IssueRecords(await createConnection(mysqlUrl));
  }

  async readCounters(couponId: number): Promise<CouponCounters & { shard: number }> {
    const [rows] = await this.connection.query<RowDataPacket[]>(
      `SELECT total_quantity, issued_quantity, given_back, issue_mode, admission, shard
       FROM coupons WHERE id = ?`,
      [couponId],
    );
    const row = rows[0];
    if (!row)
      throw new Error(`MySQL has no coupon ${couponId}: does MYSQL_URL name the database of this system?`);
    return {
      totalQuantity: Number(row.total_quantity),
      issuedQuantity: Number(row.issued_quantity),
      givenBack: Number(row.given_back),
      hasGate: row.issue_mode !== 'SYNC' && row.admission === 'GATE',
      shard: Number(row.shard),
    };
  }

  /** All rows of the coupon, in pages by primary key, so that a million of them is no long statement. */
  async readRows(couponId: number): Promise<IssueRow[]> {
    const rows: IssueRow[] = [];
    for (;;) {
      const last = rows.at(-1);
      const [page] = await this.connection.query<RowDataPacket[]>(
        `SELECT user_id AS userId, ordinal, status, issue_number AS issueNumber, ticket, reason, lifecycle
           FROM coupon_issues
         WHERE coupon_id = ? AND (user_id > ? OR (user_id = ? AND ordinal > ?))
         ORDER BY user_id, ordinal LIMIT ${PAGE_ROWS}`,
        [couponId, last?.userId ?? '', last?.userId ?? '', last?.ordinal ?? 0],
      );
      for (const row of page) rows.push(row as IssueRow);
      if (page.length < PAGE_ROWS) return rows;
    }
  }

  /** What the server holds of its tables in memory, up to a size that is set. */
  async bufferPoolBytes(): Promise<number> {
    const [rows] = await this.connection.query<RowDataPacket[]>(
      "SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_bytes_data'",
    );
    return Number(rows[0]?.Value ?? 0);
  }

  async close(): Promise<void> {
    await this.connection.end();
  }
}
