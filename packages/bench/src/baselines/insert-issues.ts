import type { Connection } from 'mysql2/promise';

const VALID_MS = 30 * 86_400_000;

/** The driver's way to write many rows: one INSERT a batch, each committed by itself, one after the other. */
export async function insertIssues(
  connection: Connection,
  table: 'coupon_issues' | 'bench_issues',
  couponId: number,
  users: readonly string[],
  batchRows: number,
): Promise<void> {
  const at = new Date();
  const expires = new Date(at.getTime() + VALID_MS);
  for (let from = 0; from < users.length; from += batchRows) {
    const rows = users
      .slice(from, from + batchRows)
      .map((user, index) => [couponId, user, 'ISSUED', from + index + 1, 1, from + index + 1, at, expires]);
    await connection.query(
      `INSERT INTO ${table}
         (coupon_id, user_id, status, issue_number, epoch, ticket, issued_at, expires_at) VALUES ?`,
      [rows],
    );
  }
}
