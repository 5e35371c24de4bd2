import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { ProcessGroup } from '../processes/process-group.js';
import { type TemporaryFolder, temporaryFolder } from '../processes/temporary-folder.js';
import type { LocalServer } from './local-server.js';
import { mysqlFlavour } from './mysql-program.js';
import { findServerSource } from './server-source.js';
import { startMysql } from './start-mysql.js';
import { thisMachine } from './this-machine.js';

// MySQL takes half a minute to initialise on a slow machine.
jest.setTimeout(600_000);

/** Without the binary log about every second one takes something back. */
const KILLS = 6;
const LAST_OF_EACH = 'SELECT writer, MAX(n) AS n FROM shown GROUP BY writer';

describe('startMysql', () => {
  const group = new ProcessGroup();
  let folder: TemporaryFolder;
  let server: LocalServer;

  beforeAll(async () => {
    folder = temporaryFolder('mysql-spec');
    server = await startMysql({ dataDir: join(folder.path, 'mysql') }, group);
  });

  afterAll(async () => {
    await group.stopAll();
    folder.remove();
  });

  const query = async (sql: string): Promise<RowDataPacket[]> => {
    const connection = await createConnection(server.url);
    try {
      const [rows] = await connection.query<RowDataPacket[]>(sql);
      return rows;
    } finally {
      await connection.end();
    }
  };

  it.each([
    ['character_set_server', 'utf8mb4'],
    ['max_connections', 700],
    ['innodb_buffer_pool_size', 512 * 1024 * 1024],
    ['innodb_flush_log_at_trx_commit', 1],
    ['log_bin', 1],
    ['sync_binlog', 1],
    ['skip_name_resolve', 1],
    ['bind_address', '127.0.0.1'],
  ])('runs with %s = %s in force', async (name, value) => {
    expect(await query(`SELECT @@${name} AS value`)).toEqual([{ value }]);
  });

  it('has the database of its address, in utf8mb4', async () => {
    const rows = await query('SELECT @@character_set_database AS charset, DATABASE() AS name');
    expect(rows).toEqual([{ charset: 'utf8mb4', name: 'fcfs' }]);
  });

  it('keeps committed rows through SIGKILL and through a stop, on the same port', async () => {
    const { url } = server;
    await query('CREATE TABLE kept (id INT PRIMARY KEY)');
    await query('INSERT INTO kept VALUES (1)');
    await server.kill('SIGKILL');
    await server.restart();
    await query('INSERT INTO kept VALUES (2)');
    await server.restart();
    expect(server.url).toBe(url);
    expect(await query('SELECT id FROM kept ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('shows nothing that a kill takes back', async () => {
    await query('CREATE TABLE shown (writer INT, n INT, PRIMARY KEY (writer, n))');
    for (let kill = 1; kill <= KILLS; kill += 1) {
      await query('DELETE FROM shown');
      const seen = await seenUntilKilled(server);
      await server.restart();
      const kept = new Map((await query(LAST_OF_EACH)).map(({ writer, n }) => [writer, n]));
      for (const [writer, n] of seen) expect(kept.get(writer)).toBeGreaterThanOrEqual(n);
    }
  });

  it('starts over where an earlier initialisation was cut off', async () => {
    const dataDir = join(folder.path, 'cut-off');
    mkdirSync(`${dataDir}.unfinished`);
    writeFileSync(join(`${dataDir}.unfinished`, 'ibdata1'), 'half');
    const second = await startMysql({ dataDir }, group);
    await second.stop();
  });

  it('refuses the data of the other server, and says whose it is', async () => {
    const source = await findServerSource('mysql', thisMachine(group, join(folder.path, 'log')));
    const isMariadb = source.from === 'binary' && mysqlFlavour(source.path) === 'mariadb';
    const dataDir = join(folder.path, 'other');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, isMariadb ? 'mysql.ibd' : 'aria_log_control'), '');
    const other = isMariadb ? 'mysql' : 'mariadb';
    await expect(startMysql({ dataDir }, group)).rejects.toThrow(`was made by ${other}`);
  });
});

/** The last number of each writer that somebody has read before the server was killed. */
async function seenUntilKilled(server: LocalServer): Promise<Map<number, number>> {
  const seen = new Map<number, number>();
  let isUp = true;
  const again = async (step: (connection: Connection, time: number) => Promise<void>) => {
    const connection = await createConnection(server.url);
    // The command under way is told of it as well.
    connection.on('error', () => undefined);
    try {
      for (let time = 1; isUp; time += 1) await step(connection, time);
    } catch (cause) {
      if (isUp) throw cause;
    } finally {
      connection.destroy();
    }
  };
  const write = (writer: number) =>
    again(async (connection, n) => {
      await connection.query('INSERT INTO shown VALUES (?, ?)', [writer, n]);
    });
  const read = () =>
    again(async (connection) => {
      const [rows] = await connection.query<RowDataPacket[]>(LAST_OF_EACH);
      for (const { writer, n } of rows) seen.set(writer, Math.max(n, seen.get(writer) ?? 0));
    });
  const all = Promise.all([write(1), write(2), write(3), read(), read()]);
  while (seen.size < 3) await sleep(5);
  isUp = false;
  await server.kill('SIGKILL');
  await all;
  return seen;
}
