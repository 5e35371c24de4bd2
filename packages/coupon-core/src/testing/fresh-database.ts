import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { migrate } from '../adapters/mysql/migrate.js';

export interface FreshDatabase {
  url: string;
  name: string;
  drop(): Promise<void>;
}

/** An empty, migrated database of its own on the server of MYSQL_URL, which the test command provides. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = process.env.MYSQL_URL;
  if (!server) throw new Error('MYSQL_URL is not set: run the tests through the test command.');
  const name = `fcfs_test_${randomBytes(6).toString('hex')}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  await migrate(url.href);
  return { url: url.href, name, drop: () => drop(server, name) };
}

async function drop(server: string, name: string): Promise<void> {
  const url = new URL(server);
  url.pathname = '';
  const connection = await createConnection({ uri: url.href });
  await connection.query('DROP DATABASE IF EXISTS ??', [name]);
  await connection.end();
}
