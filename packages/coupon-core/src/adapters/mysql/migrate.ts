import { createConnection } from 'mysql2/promise';
import { createDataSource } from './database.js';

const LOCK = 'fcfs-migrations';
const LOCK_WAIT_SECONDS = 120;

/** Creates the database where the account may, and brings its schema up to date; two at once wait for each other. */
export async function migrate(url: string): Promise<string[]> {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  if (!name) throw new Error('MYSQL_URL names no database: mysql://user:password@host:port/database');
  await createDatabase(url, name);
  const dataSource = createDataSource(url, 2);
  await dataSource.initialize();
  const runner = dataSource.createQueryRunner();
  try {
    const [row] = await runner.query('SELECT GET_LOCK(?, ?) AS held', [
      `${LOCK}:${name}`.slice(0, 64),
      LOCK_WAIT_SECONDS,
    ]);
    if (Number(row.held) !== 1) throw new Error('Another migration of this database has not ended in time.');
    // DDL commits by itself here, so a transaction around it would only pretend.
    const done = await dataSource.runMigrations({ transaction: 'none' });
    return done.map((migration) => migration.name);
  } finally {
    // The lock belongs to this connection, and goes with it.
    await runner.release();
    await dataSource.destroy();
  }
}

async function createDatabase(url: string, name: string): Promise<void> {
  const server = new URL(url);
  server.pathname = '';
  const connection = await createConnection({ uri: server.href, connectTimeout: 5_000 });
  try {
    await connection.query('CREATE DATABASE IF NOT EXISTS ?? CHARACTER SET utf8mb4', [name]);
  } catch (cause) {
    // An account that may not create databases was given one; connecting to it will tell.
    if ((cause as { errno?: number }).errno !== 1044) throw cause;
  } finally {
    await connection.end();
  }
}
