import { format, type Pool, type SqlValue } from 'mysql2';
import { type Connection, createConnection } from 'mysql2/promise';
import type { DataSource } from 'typeorm';
import { connect, createDataSource, poolOf } from '../adapters/mysql/database.js';
import { UnitOfWork } from '../adapters/mysql/unit-of-work.js';
import { freshDatabase } from './fresh-database.js';

const POOL_MAX = 10;

/** A database of its own for one test file, with the product's pool to it and connections beside that. */
export class TestDatabase {
  private constructor(
    readonly url: string,
    readonly name: string,
    readonly dataSource: DataSource,
    private readonly dropDatabase: () => Promise<void>,
  ) {}

  static async create(): Promise<TestDatabase> {
    const { url, name, drop } = await freshDatabase();
    return new TestDatabase(url, name, await connect(createDataSource(url, POOL_MAX)), drop);
  }

  get pool(): Pool {
    return poolOf(this.dataSource);
  }

  unitOfWork(): UnitOfWork {
    return new UnitOfWork(this.pool);
  }

  /** `?` may be an object here: `SET ?`, which the product's own connections do not take. */
  query<T>(sql: string, values: unknown[] = []): Promise<T[]> {
    return this.dataSource.query(format(sql, values as SqlValue[], false, 'Z')) as Promise<T[]>;
  }

  /** A connection beside the pool: somebody else who holds locks. The caller ends it. */
  session(): Promise<Connection> {
    return createConnection({ uri: this.url, timezone: 'Z' });
  }

  async drop(): Promise<void> {
    await this.dataSource.destroy();
    await this.dropDatabase();
  }
}
