import { tracingChannel } from 'node:diagnostics_channel';
import type { QueryTraceContext } from 'mysql2';

const CHANNEL = tracingChannel<unknown, QueryTraceContext>('mysql2:query');
/** What begins and ends a unit of work. */
const FRAME = /^(START TRANSACTION|COMMIT|ROLLBACK|SET SESSION|SET TRANSACTION)/;

/**
 * Every statement that the driver sends to a database during the work, one by one and with its values, whether it
 * comes from a unit of work, from TypeORM or straight from the pool. No value of the work may contain a semicolon.
 */
export async function statementsDuring(database: string, work: () => Promise<unknown>): Promise<string[]> {
  const sent: string[] = [];
  const note = (message: unknown) => {
    const context = message as QueryTraceContext;
    if (context.database === database) sent.push(...context.query.split(';'));
  };
  CHANNEL.start.subscribe(note);
  try {
    await work();
  } finally {
    CHANNEL.start.unsubscribe(note);
  }
  return sent.map((sql) => sql.replace(/\s+/g, ' ').trim()).filter((sql) => !FRAME.test(sql));
}

const SHORTENED: [RegExp, string][] = [
  [/`/g, ''],
  [/'[^']*'/g, '?'],
  [/\b\d+\b/g, '?'],
  [/UTC_TIMESTAMP\(\?\)/g, 'UTC_TIMESTAMP(3)'],
  [/^SELECT .*? FROM/, 'SELECT … FROM'],
  [/ SET (\w+) = .* WHERE/, ' SET $1 = … WHERE'],
  [/^(INSERT INTO \w+) .*?( ON DUPLICATE KEY UPDATE|$).*/, '$1 …$2'],
  [/ IN \((?:[?, ]|\([?, ]+\))+\)/g, ' IN (…)'],
  [/(\(coupon_id = \? AND user_id IN \(…\)\))(?: OR \1)+/, '$1 OR …'],
];

/** The statement in short, the same for every call: without values, columns and the length of its lists. */
export const shapeOf = (sql: string): string =>
  SHORTENED.reduce((shorter, [part, short]) => shorter.replace(part, short), sql);
