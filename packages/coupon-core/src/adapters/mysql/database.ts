import type { Socket } from 'node:net';
import type { Pool, PoolConnection, QueryOptions, RowDataPacket } from 'mysql2';
import { DataSource } from 'typeorm';
import type { MysqlDriver } from 'typeorm/driver/mysql/MysqlDriver.js';
import { StoreUnavailable } from '../../issuance/issue-store.js';
import { CouponRow } from './coupon.row.js';
import { MIGRATIONS } from './migrations.js';

const CONNECT_TIMEOUT_MS = 2_000;
/** Waiting transactions beyond this are answered at once; the pool serves far more than this in a second. */
const POOL_QUEUE_MAX = 2_000;
const LOCK_WAIT_SECONDS = 3;
/** Longer than the server waits for a lock, so that its own answer comes first. */
export const STATEMENT_TIMEOUT_MS = 10_000;
/**
 * A connection on which nothing was sent or received for so long is given up, even if nobody has closed it: that of
 * a host that vanished would stay open, and keep its place in the pool for ever. Longer than any statement may take.
 */
const SILENCE_MS_MAX = 15_000;

/**
 * Every connection works in UTC, strictly, and sees what others have committed. Only MariaDB reads the comment: it
 * would join a list of 1000 values as if it were a table, read every row of a coupon to find some of them, and lock
 * coupons in the order of the list.
 */
const SESSION_SETTINGS = [
  `SET SESSION time_zone = '+00:00', innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS},
     sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE'
     /*M! , in_predicate_conversion_threshold = 0 */`,
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
];

export function createDataSource(url: string, poolMax: number): DataSource {
  return new DataSource({
    type: 'mysql',
    url,
    poolSize: poolMax,
    timezone: 'Z',
    // For `Transaction.together`.
    multipleStatements: true,
    charset: 'utf8mb4',
    supportBigNumbers: true,
    bigNumberStrings: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // With FOUND_ROWS an upsert that changed nothing would look like one that did.
    flags: ['-FOUND_ROWS'],
    extra: { queueLimit: POOL_QUEUE_MAX, enableKeepAlive: true, maxIdle: poolMax },
    entities: [CouponRow],
    migrations: MIGRATIONS,
    synchronize: false,
    logging: false,
  });
}

/** The pool behind a data source: hot paths use it with plain SQL, so that both share its connections. */
export function poolOf(dataSource: DataSource): Pool {
  return (dataSource.driver as MysqlDriver).pool;
}

/** The driver counts these and does not publish them. */
interface PoolLists {
  _allConnections: { length: number };
  _freeConnections: { length: number };
  _connectionQueue: { length: number };
}

/** Connections now, and calls that wait for one. */
export function poolUse(dataSource: DataSource): { busy: number; idle: number; waiting: number } {
  const { _allConnections, _freeConnections, _connectionQueue } = poolOf(dataSource) as unknown as PoolLists;
  const idle = _freeConnections.length;
  return { busy: _allConnections.length - idle, idle, waiting: _connectionQueue.length };
}

/** Connects; from here on every connection that the pool makes has the session settings and ends when it is silent. */
export async function connect(dataSource: DataSource): Promise<DataSource> {
  await dataSource.initialize();
  const pool = poolOf(dataSource);
  // Statements of one connection are executed in order, so these come before the first of any user.
  const settle = (connection: PoolConnection) => {
    for (const sql of SESSION_SETTINGS) connection.query(sql);
    endWhenSilent(connection);
  };
  pool.on('connection', settle);
  // Connecting has left one connection that was made without the settings.
  await new Promise<void>((resolve, reject) => {
    pool.getConnection((cause, connection) => {
      if (cause) return reject(cause);
      connection.destroy();
      resolve();
    });
  });
  return dataSource;
}

/** The error reaches whoever waits on the connection, and takes it out of the pool. */
function endWhenSilent(connection: PoolConnection): void {
  const { stream } = connection as unknown as { stream: Socket };
  stream.setTimeout(SILENCE_MS_MAX, () => {
    stream.destroy(Object.assign(new Error('The database was silent for too long.'), { code: 'ETIMEDOUT' }));
  });
}

/**
 * Sends a statement, or several, in plain SQL. Where the connection breaks beneath it the driver leaves the statement's
 * timer running, which would keep a process that ends from ending.
 */
export function sendSql<T>(to: Pool | PoolConnection, options: QueryOptions): Promise<T> {
  return new Promise((resolve, reject) => {
    let query: { queryTimeout?: NodeJS.Timeout | null } | undefined;
    // Where there are no values, `null` alone keeps the driver from searching the whole text for their places.
    const { values } = options as { values?: unknown[] };
    const sent = { ...options, values: values?.length ? values : null };
    query = to.query<RowDataPacket[]>(sent, (cause, results) => {
      if (!cause) return resolve(results as unknown as T);
      clearTimeout(query?.queryTimeout ?? undefined);
      reject(cause);
    }) as unknown as typeof query;
  });
}

/** Throws where the schema is older than this code. */
export async function assertSchemaIsCurrent(dataSource: DataSource): Promise<void> {
  if (await dataSource.showMigrations()) {
    throw new Error('The database schema is older than this program. Run the migrate command first.');
  }
}

/** The server was not reached, has no connection for us, or did not answer in time. */
const UNANSWERED = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'ER_CON_COUNT_ERROR',
  'ER_SERVER_SHUTDOWN',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_CONNECTION_KILLED',
  'ER_NEW_ABORTING_CONNECTION',
  'ER_NORMAL_SHUTDOWN',
]);
/** Nothing was done, for reasons that pass. */
const PASSING = new Set([
  'ER_DISK_FULL',
  'ER_RECORD_FILE_FULL',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_QUERY_INTERRUPTED',
  'POOL_CLOSED',
]);
const RETRYABLE = new Set(['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_CHECKREAD']);

export const codeOf = (cause: unknown): string => (cause as { code?: string } | null)?.code ?? '';
export const isRetryable = (cause: unknown): boolean => RETRYABLE.has(codeOf(cause));
export const isDuplicateKey = (cause: unknown): boolean => codeOf(cause) === 'ER_DUP_ENTRY';

/** Violated CHECKs and values that do not fit their column, where the SQL state does not say so. */
const DATA_ERRORS = new Set([1265, 1366, 3819, 4025]);

/** The data is at fault (SQL state 22: its form, 23: a constraint), and will be the next time as well. */
export function isDataFault(cause: unknown): boolean {
  const { errno = 0, sqlState = '' } = (cause ?? {}) as { errno?: number; sqlState?: string };
  return DATA_ERRORS.has(errno) || /^2[23]/.test(sqlState);
}

export function isUnreachable(cause: unknown): boolean {
  if (cause instanceof StoreUnavailable || isUnanswered(cause) || PASSING.has(codeOf(cause))) return true;
  const { message = '' } = (cause ?? {}) as { message?: string };
  return /closed state|Queue limit reached|Pool is closed|No connections available/.test(message);
}

function isUnanswered(cause: unknown): boolean {
  return UNANSWERED.has(codeOf(cause)) || (cause as { fatal?: boolean } | null)?.fatal === true;
}

/** Of what a call has thrown: the server is at fault, and neither the call nor too many of them. */
export const isDatabaseFault = (cause: unknown): boolean =>
  cause instanceof StoreUnavailable && isUnanswered(cause.cause);
