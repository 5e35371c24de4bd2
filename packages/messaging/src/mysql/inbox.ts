import { parse as uuidBytes } from 'uuid';
import type { InTransaction, SqlSession } from './sql-session.js';

/** For the migrations of whoever has an inbox; see the outbox's. */
export const CREATE_INBOX_SQL = `
  CREATE TABLE inbox (
    consumer VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    message_id BINARY(16) NOT NULL,
    handled_at DATETIME(3) NOT NULL,
    PRIMARY KEY (consumer, message_id),
    KEY inbox_handled (handled_at)
  ) ENGINE = InnoDB`;

/**
 * Gives each message its effect once: the note that it was handled is a row in the transaction of the effect.
 * @param messageId of the envelope
 * @param effect writes through the session; where it throws, neither stays
 * @returns false where the message had been handled before
 */
export function handleOnce(
  inTransaction: InTransaction,
  consumer: string,
  messageId: string,
  effect: (session: SqlSession) => Promise<void>,
): Promise<boolean> {
  return inTransaction(async (session) => {
    try {
      // A repeat that comes at the same time waits here for the first one's end.
      await session.write(
        'INSERT INTO inbox (consumer, message_id, handled_at) VALUES (?, ?, UTC_TIMESTAMP(3))',
        [consumer, Buffer.from(uuidBytes(messageId))],
      );
    } catch (cause) {
      if ((cause as { code?: string }).code === 'ER_DUP_ENTRY') return false;
      throw cause;
    }
    await effect(session);
    return true;
  });
}

/** Longer than any message may come again, which is the retention of its topic. Answers how many rows went. */
export async function purgeInbox(
  inTransaction: InTransaction,
  keptSeconds: number,
  limit: number,
): Promise<number> {
  const { affectedRows } = await inTransaction((session) =>
    session.write(
      'DELETE FROM inbox WHERE handled_at < UTC_TIMESTAMP(3) - INTERVAL ? SECOND ORDER BY handled_at LIMIT ?',
      [keptSeconds, limit],
    ),
  );
  return affectedRows;
}
