import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { type FreshDatabase, freshDatabase } from '../../testing/fresh-database.js';
import { connect, createDataSource } from './database.js';
import { warnUnlessDurable } from './warn-unless-durable.js';

describe('at boot in production', () => {
  let database: FreshDatabase;
  let server: DataSource;
  let warned: string[];

  beforeAll(async () => {
    database = await freshDatabase();
    server = await connect(createDataSource(database.url, 1));
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    await server.destroy();
    await database.drop();
  });

  const judge = async (judged: Parameters<typeof warnUnlessDurable>[0]) => {
    warned = [];
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((message) => {
      warned.push(String(message));
    });
    await warnUnlessDurable(judged);
    return warned;
  };

  it('the settings of a server that keeps what it shows are taken without a word', async () => {
    const [{ binlog }] = await server.query('SELECT @@log_bin AS binlog');
    // Whoever names a server for the tests may have one without a binary log.
    const said = Number(binlog) === 1 ? [] : [expect.stringMatching(/^log_bin is 0/)];
    expect(await judge(server)).toEqual(said);
    expect(await judge({ query: async () => [{ flush: 1, binlog: 1, sync: 1 }] as never })).toEqual([]);
  });

  it.each([
    [{ flush: 2, binlog: 1, sync: 1 }, /^innodb_flush_log_at_trx_commit is 2/],
    [{ flush: 1, binlog: 0, sync: 1 }, /^log_bin is 0/],
    [{ flush: 1, binlog: 1, sync: 0 }, /sync_binlog 0/],
  ])('others are named: %j', async (settings, named) => {
    expect(await judge({ query: async () => [settings] as never })).toEqual([expect.stringMatching(named)]);
  });
});
