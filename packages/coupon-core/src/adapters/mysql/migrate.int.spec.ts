import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createConnection } from 'mysql2/promise';
import { serverAddress } from '../../testing/server-address.js';
import { assertSchemaIsCurrent, connect, createDataSource } from './database.js';
import { migrate } from './migrate.js';
import { MIGRATIONS } from './migrations.js';

const names = MIGRATIONS.map(({ name }) => name);
const made: string[] = [];

function unusedDatabase(): string {
  const name = `fcfs_test_${randomBytes(6).toString('hex')}`;
  made.push(name);
  const url = new URL(serverAddress('MYSQL_URL'));
  url.pathname = `/${name}`;
  return url.href;
}

async function onServer<T>(sql: string, values: unknown[] = []): Promise<T[]> {
  const url = new URL(serverAddress('MYSQL_URL'));
  url.pathname = '';
  const connection = await createConnection(url.href);
  try {
    return (await connection.query(sql, values))[0] as T[];
  } finally {
    await connection.end();
  }
}

afterEach(async () => {
  for (const name of made.splice(0)) await onServer('DROP DATABASE IF EXISTS ??', [name]);
});

describe('the migrations', () => {
  it('make the database and everything in it, and do nothing the second time', async () => {
    const url = unusedDatabase();
    expect(await migrate(url)).toEqual(names);
    expect(await migrate(url)).toEqual([]);
  });

  it('run once where two begin at the same time', async () => {
    const url = unusedDatabase();
    const runs = await Promise.all([migrate(url), migrate(url), migrate(url)]);
    expect(runs.map((done) => done.length).sort()).toEqual([0, 0, names.length]);
  });

  it('of two databases do not wait for each other', async () => {
    const runs = await Promise.all([unusedDatabase(), unusedDatabase()].map((url) => migrate(url)));
    expect(runs).toEqual([names, names]);
  });

  it('must have run before a process starts', async () => {
    const url = unusedDatabase();
    await onServer('CREATE DATABASE ??', [made[0]]);
    const dataSource = await connect(createDataSource(url, 2));
    await expect(assertSchemaIsCurrent(dataSource)).rejects.toThrow(/older than this program/);
    await migrate(url);
    await assertSchemaIsCurrent(dataSource);
    await dataSource.destroy();
  });

  it('go back in the opposite order, and forward again', async () => {
    const url = unusedDatabase();
    await migrate(url);
    const dataSource = await createDataSource(url, 2).initialize();
    for (const _ of names) await dataSource.undoLastMigration({ transaction: 'none' });
    await dataSource.destroy();
    expect(await migrate(url)).toEqual(names);
  });

  it('need a database to be named', async () => {
    const url = new URL(serverAddress('MYSQL_URL'));
    url.pathname = '';
    await expect(migrate(url.href)).rejects.toThrow(/names no database/);
  });
});

describe('every connection of the pool', () => {
  it('works in UTC, strictly, reads what is committed, and does not count unchanged rows', async () => {
    const url = unusedDatabase();
    await migrate(url);
    const dataSource = await connect(createDataSource(url, 3));
    const settings: { Variable_name: string; Value: string }[][] = await Promise.all(
      Array.from({ length: 6 }, () => dataSource.query('SHOW SESSION VARIABLES')),
    );
    for (const variables of settings) {
      const of = Object.fromEntries(variables.map(({ Variable_name, Value }) => [Variable_name, Value]));
      expect(of).toMatchObject({ time_zone: '+00:00', innodb_lock_wait_timeout: '3' });
      expect(of.sql_mode).toContain('STRICT_ALL_TABLES');
      // MariaDB and MySQL have different names for it.
      expect(of.tx_isolation ?? of.transaction_isolation).toBe('READ-COMMITTED');
    }
    expect(await dataSource.query('UPDATE migrations SET name = name')).toMatchObject({ affectedRows: 0 });
    await dataSource.destroy();
  });
});
