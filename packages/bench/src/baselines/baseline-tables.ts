import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { insertIssues } from './insert-issues.js';

/** Tables of the system's shape, beside its own, for what the baselines write. */
export class BaselineTables {
  private constructor(private readonly connection: Connection) {}

  /** New and empty, whatever an interrupted run left. */
  static async create(mysqlUrl: string): Promise<BaselineTables> {
    const tables = new BaselineTables(await createConnection({ uri: mysqlUrl, timezone: 'Z' }));
    await tables.dropBoth();
    await tables.connection.query('CREATE TABLE bench_issues LIKE coupon_issues');
    await tables.connection.query(
      `CREATE TABLE bench_coupons (
         id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
         total_quantity BIGINT UNSIGNED NOT NULL,
         issued_quantity BIGINT UNSIGNED NOT NULL DEFAULT 0
       ) ENGINE = InnoDB`,
    );
    return tables;
  }

  async openCoupon(couponId: number, total: number): Promise<void> {
    await this.connection.query('INSERT INTO bench_coupons (id, total_quantity) VALUES (?, ?)', [
      couponId,
      total,
    ]);
  }

  async readCounts(couponId: number): Promise<{ issued: number; rows: number; highestNumber: number }> {
    const [[counts]] = await this.connection.query<RowDataPacket[]>(
      `SELECT (SELECT issued_quantity FROM bench_coupons WHERE id = ?) AS issued,
              COUNT(*) AS rowCount, MAX(issue_number) AS highestNumber
         FROM bench_issues WHERE coupon_id = ?`,
      [couponId, couponId],
    );
    return {
      issued: Number(counts!.issued),
      rows: Number(counts!.rowCount),
      highestNumber: Number(counts!.highestNumber),
    };
  }

  insertInBatches(couponId: number, users: readonly string[], batchRows: number): Promise<void> {
    return insertIssues(this.connection, 'bench_issues', couponId, users, batchRows);
  }

  /** How long the commit of a single row takes, for each of the users; milliseconds, sorted. */
  async timeCommits(couponId: number, users: readonly string[]): Promise<Float64Array> {
    const times = new Float64Array(users.length);
    for (const [index, user] of users.entries()) {
      const startedAt = performance.now();
      await this.connection.query(
        "INSERT INTO bench_issues (coupon_id, user_id, status, issue_number, issued_at) VALUES (?, ?, 'ISSUED', ?, ?)",
        [couponId, user, index + 1, new Date()],
      );
      times[index] = performance.now() - startedAt;
    }
    return times.sort();
  }

  async remove(): Promise<void> {
    await this.dropBoth();
    await this.connection.end();
  }

  private async dropBoth(): Promise<void> {
    await this.connection.query('DROP TABLE IF EXISTS bench_issues, bench_coupons');
  }
}
