import { createPool, type Pool, type PoolConnection, type ResultSetHeader } from 'mysql2/promise';
import type { InTransaction, SqlSession } from '../mysql/sql-session.js';
import { provided } from './provided.js';

/** A database of its own for one test file, with real transactions on it. */
export class TestDatabase {
  private constructor(
    private readonly name: string,
    readonly pool: Pool,
  ) {}

  static async create(tables: readonly string[]): Promise<TestDatabase> {
    const name = `messaging_test_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
    const url = new URL(provided('MYSQL_URL'));
    // The database of the address need not be there.
    url.pathname = '';
    const server = createPool(url.href);
    await server.query(`CREATE DATABASE ${name}`).finally(() => server.end());
    url.pathname = `/${name}`;
    const pool = createPool({ uri: url.href, timezone: 'Z' });
    pool.on('connection', (connection) => {
      connection.query("SET SESSION time_zone = '+00:00'");
      connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
    });
    for (const sql of tables) await pool.query(sql);
    return new TestDatabase(name, pool);
  }

  readonly inTransaction: InTransaction = async (work) => {
    const connection = await this.pool.getConnection();
    try {
      await connection.beginTransaction();
      const value = await work(sessionOf(connection));
      await connection.commit();
      return value;
    } catch (cause) {
      await connection.rollback();
      throw cause;
    } finally {
      connection.release();
    }
  };

  async rows<T>(sql: string, values: unknown[] = []): Promise<T[]> {
    return (await this.pool.query(sql, values))[0] as T[];
  }

  async drop(): Promise<void> {
    await this.pool.query(`DROP DATABASE ${this.name}`);
    await this.pool.end();
  }
}

const sessionOf = (connection: PoolConnection): SqlSession => ({
  rows: async <T>(sql: string, values: readonly unknown[] = []) =>
    (await connection.query(sql, [...values]))[0] as T[],
  write: async (sql, values = []) => (await connection.query<ResultSetHeader>(sql, [...values]))[0],
});
