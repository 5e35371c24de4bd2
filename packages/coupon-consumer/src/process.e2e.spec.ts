import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tableOf, typesOf } from 'coupon-core';
import { type LocalApp, migrate, startApp } from 'local-stack';
import { type Connection, createConnection } from 'mysql2/promise';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));
const DATABASE = `fcfs_test_consumer_${process.pid}`;

function provided(name: 'MYSQL_URL' | 'REDIS_URL'): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests through the package's test script.`);
  return value;
}

describe('the process', () => {
  let env: Record<string, string>;
  let app: LocalApp;
  let connection: Connection;

  const keepDecidedLetter = (key: string, days: number) =>
    connection.query(
      `INSERT INTO dead_letters (source_key, state, payload, cause, created_at, updated_at)
         VALUES (?, 'DISCARDED', '{}', 'A test.', UTC_TIMESTAMP(3) - INTERVAL ? DAY, UTC_TIMESTAMP(3) - INTERVAL ? DAY)`,
      [key, days, days],
    );

  beforeAll(async () => {
    const url = new URL(provided('MYSQL_URL'));
    url.pathname = `/${DATABASE}`;
    env = {
      MYSQL_URL: url.href,
      REDIS_URL: provided('REDIS_URL'),
      REDIS_NAMESPACE: `consumer-${process.pid}`,
    };
    await migrate(url.href);
    connection = await createConnection(url.href);
    await keepDecidedLetter('long ago', 91);
    await keepDecidedLetter('lately', 89);
    app = await startApp('coupon-consumer', env);
  });

  afterAll(async () => {
    await app?.stop();
    await connection.query(`DROP DATABASE IF EXISTS ${DATABASE}`);
    await connection.end();
  });

  it('tells its health and its metrics', async () => {
    const live = await fetch(`${app.url}/health/live`);
    expect([live.status, await live.json()]).toEqual([200, { status: 'up' }]);
    const ready = await fetch(`${app.url}/health/ready`);
    const report = { status: 'up', database: 'up', gate: 'up', lagMs: 0, breakers: { broker: 'CLOSED' } };
    expect([ready.status, await ready.json()]).toEqual([200, report]);
    // Its loops begin behind the opening of the port.
    let started: Response;
    do started = await fetch(`${app.url}/health/startup`);
    while (started.status === 503 && ((await started.json()) as { status: string }).status === 'starting');
    expect([started.status, await started.json()]).toEqual([200, { status: 'up' }]);
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(metrics).toContain('process_cpu_seconds_total');
    const declared = [...metrics.matchAll(/^# TYPE (coupon_\w+ \w+)$/gm)].map(([, type]) => type);
    const document = await readFile(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
    expect(declared.sort()).toEqual(typesOf(tableOf('coupon-consumer', document)));
  });

  it('purges dead letters that were decided longer ago than DEAD_LETTERS_KEPT_D says', async () => {
    const kept = async () => {
      const [rows] = await connection.query('SELECT source_key AS name FROM dead_letters ORDER BY id');
      return (rows as { name: string }[]).map(({ name }) => name);
    };
    while ((await kept()).length > 1) await sleep(50);
    expect(await kept()).toEqual(['lately']);
  });

  it('says in one line that its port is taken', async () => {
    const { port } = new URL(app.url);
    const secret = { RECEIPT_SECRET: 'a secret for this test', COUPON_CONSUMER_PORT: port };
    const child = spawn(process.execPath, [MAIN], {
      env: { ...env, ...secret },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, said]).toEqual([1, expect.stringMatching(/^[^\n]*COUPON_CONSUMER_PORT[^\n]*\n$/)]);
    expect(said).toContain(port);
  });

  it('ends on SIGTERM with 0 and nothing to complain about', async () => {
    const other = await startApp('coupon-consumer', env);
    const idle = await fetch(`${other.url}/health/live`);
    await idle.text();
    await other.kill('SIGTERM');
    expect(await other.exited).toEqual({ code: 0, signal: null });
    expect(other.logs()).not.toMatch(/"level":(50|60)/);
  });
});
