import { crc32 } from 'node:zlib';
import { escape as quote } from 'mysql2';
import type { Envelope } from '../envelope.js';
import type { InTransaction } from './sql-session.js';

/** Rows of one key are in one of them, so that one relay sends them in their order. */
export const OUTBOX_PARTITIONS = 4;

/** For the migrations of whoever has an outbox; they are append-only, so these texts stay as they are. */
export const CREATE_OUTBOX_SQL = `
  CREATE TABLE outbox (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    partition_no TINYINT UNSIGNED NOT NULL,
    topic VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    message_key VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    message MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL,
    published_at DATETIME(3) NULL,
    KEY outbox_published (published_at, partition_no, id)
  ) ENGINE = InnoDB`;

export const CREATE_OUTBOX_LEASES_SQL = `
  CREATE TABLE outbox_leases (
    partition_no TINYINT UNSIGNED NOT NULL PRIMARY KEY,
    owner VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    held_until DATETIME(3) NOT NULL
  ) ENGINE = InnoDB`;

/** A sender that counts its messages by key gives an SQL expression, executed where the row is written. */
export type Outgoing = Omit<Envelope, 'sequence'> & { sequence: number | null | { sql: string } };

/**
 * The statement that writes messages into the outbox, for the transaction that makes them true. The relay sends what
 * was committed, each key in the order of its rows: who writes a key holds a lock that the key's other writers need.
 */
export function enqueueSql(topic: string, messages: readonly Outgoing[]): string {
  const rows = messages.map(({ sequence, ...message }) => {
    const counted = sequence !== null && typeof sequence === 'object' ? `(${sequence.sql})` : `'${sequence}'`;
    const rest = quote(JSON.stringify(message).slice(1));
    const partition = crc32(message.key) % OUTBOX_PARTITIONS;
    return `(${partition},${quote(topic)},${quote(message.key)},CONCAT('{"sequence":',${counted},',',${rest}))`;
  });
  return `INSERT INTO outbox (partition_no, topic, message_key, message) VALUES ${rows.join(',')}`;
}

export interface OutboxRow {
  id: number;
  topic: string;
  key: string;
  message: string;
}

/** Reads one entry of the index, since it is asked all the time and mostly for nothing. */
export const anyPendingSql =
  'SELECT 1 FROM outbox FORCE INDEX (outbox_published) WHERE published_at IS NULL LIMIT 1';

/** By what is not published, never by the last id: a row with a lower id may be committed later. */
export const pendingOutboxSql = `
  SELECT id, topic, message_key AS \`key\`, message FROM outbox FORCE INDEX (outbox_published)
    WHERE published_at IS NULL AND partition_no = ? ORDER BY id LIMIT ?`;

export const purgeOutboxSql = `
  DELETE FROM outbox WHERE published_at < UTC_TIMESTAMP(3) - INTERVAL ? SECOND ORDER BY published_at LIMIT ?`;

const COUNT_PENDING_SQL =
  'SELECT COUNT(*) AS pending FROM outbox FORCE INDEX (outbox_published) WHERE published_at IS NULL';

export interface OutboxBacklog {
  rows: number;
  /** When the first of them was written, by its writer's clock; null: there is none. */
  oldestAt: number | null;
}

const LEASE_SECONDS = 10;

/** The relay's side of the outbox. */
export class Outbox {
  constructor(
    private readonly inTransaction: InTransaction,
    private readonly owner: string,
  ) {}

  /** Extends what this owner holds, takes one more partition that nobody holds, and answers all it holds now. */
  claim(): Promise<number[]> {
    return this.inTransaction(async (session) => {
      const held = `owner = ?, held_until = UTC_TIMESTAMP(3) + INTERVAL ${LEASE_SECONDS} SECOND`;
      await session.write(
        `UPDATE outbox_leases SET ${held} WHERE owner = ? AND held_until >= UTC_TIMESTAMP(3)`,
        [this.owner, this.owner],
      );
      await session.write(
        `UPDATE outbox_leases SET ${held} WHERE held_until < UTC_TIMESTAMP(3) ORDER BY partition_no LIMIT 1`,
        [this.owner],
      );
      const rows = await session.rows<{ partition: number }>(
        `SELECT partition_no AS \`partition\` FROM outbox_leases
           WHERE owner = ? AND held_until >= UTC_TIMESTAMP(3) ORDER BY partition_no`,
        [this.owner],
      );
      return rows.map(({ partition }) => partition);
    });
  }

  /** Lets others have the partitions at once. */
  async release(): Promise<void> {
    await this.inTransaction((session) =>
      session.write(
        'UPDATE outbox_leases SET held_until = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE owner = ?',
        [this.owner],
      ),
    );
  }

  async hasPending(): Promise<boolean> {
    return (await this.inTransaction((session) => session.rows(anyPendingSql))).length > 0;
  }

  pending(partition: number, limit: number): Promise<OutboxRow[]> {
    return this.inTransaction((session) => session.rows<OutboxRow>(pendingOutboxSql, [partition, limit]));
  }

  /** What is not published, whoever holds its partition. Reads an index entry a row: to be asked now and then. */
  async backlog(): Promise<OutboxBacklog> {
    const [count] = await this.inTransaction((session) =>
      session.rows<{ pending: number }>(COUNT_PENDING_SQL),
    );
    const writtenAt: number[] = [];
    for (let partition = 0; partition < OUTBOX_PARTITIONS; partition += 1) {
      const [first] = await this.pending(partition, 1);
      if (first) writtenAt.push((JSON.parse(first.message) as Envelope).occurredAt);
    }
    return { rows: Number(count!.pending), oldestAt: writtenAt.length > 0 ? Math.min(...writtenAt) : null };
  }

  async markPublished(rows: readonly OutboxRow[]): Promise<void> {
    await this.inTransaction((session) =>
      session.write('UPDATE outbox SET published_at = UTC_TIMESTAMP(3) WHERE id IN (?)', [
        rows.map(({ id }) => id),
      ]),
    );
  }

  /** Removes at most `limit` rows that were published longer ago; answers how many. */
  async purge(keptSeconds: number, limit: number): Promise<number> {
    const { affectedRows } = await this.inTransaction((session) =>
      session.write(purgeOutboxSql, [keptSeconds, limit]),
    );
    return affectedRows;
  }
}

/** What a migration fills `outbox_leases` with: all free. */
export const FILL_OUTBOX_LEASES_SQL = `
  INSERT INTO outbox_leases (partition_no, owner, held_until) VALUES ${Array.from(
    { length: OUTBOX_PARTITIONS },
    (_, partition) => `(${partition}, '', '2000-01-01')`,
  ).join(', ')}`;
