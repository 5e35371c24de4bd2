import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tableOf, typesOf } from 'coupon-core';
import { createConnection } from 'mysql2/promise';
import { eventually } from './testing/api-client.js';
import { dropDatabase, preparePlace, startApi, type TestPlace } from './testing/stack.js';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));
const SECRET = 'a secret for these tests';

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the program until it ends by itself. */
function run(env: Record<string, string>): Promise<Run> {
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const result: Run = { code: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    result.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    result.stderr += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ ...result, code })));
}

describe('the process', () => {
  let place: TestPlace;

  beforeAll(async () => {
    place = await preparePlace('process');
  });

  afterAll(async () => {
    await dropDatabase(place.mysqlUrl);
  });

  describe('does not start, and says why in words', () => {
    it('with all faults of the configuration at once', async () => {
      const { code, stderr } = await run({
        NODE_ENV: 'production',
        COUPON_API_PORT: '70000',
        MYSQL_URL: 'postgres://x',
        REDIS_URL: 'redis://127.0.0.1:6379',
        RECEIPT_SECRET: SECRET,
      });
      expect(code).toBe(1);
      for (const name of ['COUPON_API_PORT', 'MYSQL_URL', 'AUTH_MODE']) expect(stderr).toContain(name);
      expect(stderr).not.toMatch(/\n\s+at /);
    });

    it('where another process has the port', async () => {
      const { app } = await startApi(place);
      try {
        const { port } = new URL(app.url);
        const second = await run({ ...place.env, RECEIPT_SECRET: SECRET, COUPON_API_PORT: port });
        expect(second.code).toBe(1);
        expect(second.stderr).toMatch(new RegExp(`^[^\\n]*${port}[^\\n]*COUPON_API_PORT[^\\n]*\\n$`));
        expect(second.stdout).not.toMatch(/"level":(50|60)/);
      } finally {
        await app.stop();
      }
    });

    it('where the database does not answer', async () => {
      const { code, stderr, stdout } = await run({
        ...place.env,
        MYSQL_URL: 'mysql://root@127.0.0.1:1/fcfs',
        RECEIPT_SECRET: SECRET,
      });
      expect(code).toBe(1);
      expect(stderr).toMatch(/127\.0\.0\.1:1/);
      expect(stderr + stdout).not.toMatch(/\s+at .*\.js:\d+/);
    });

    it('where the schema is older than the program', async () => {
      const old = new URL(place.mysqlUrl);
      old.pathname += '_old';
      await dropDatabase(old.href);
      const connection = await createConnection(place.mysqlUrl);
      await connection.query(`CREATE DATABASE ${old.pathname.slice(1)}`);
      await connection.end();
      const { code, stderr } = await run({ ...place.env, MYSQL_URL: old.href, RECEIPT_SECRET: SECRET });
      await dropDatabase(old.href);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/migrate/)]);
    });
  });

  describe('SIGTERM', () => {
    it('answers what is in flight, takes nothing new, and exits 0', async () => {
      const { app, client } = await startApi(place);
      const id = await client.opened();
      const locker = await createConnection(place.mysqlUrl);
      await locker.beginTransaction();
      await locker.query('SELECT id FROM coupons WHERE id = ? FOR UPDATE', [id]);
      const inFlight = post(`${app.url}/v1/coupons/${id}/issues`, 'ann');
      await eventually(
        async () => (await locker.query('SHOW FULL PROCESSLIST'))[0],
        (list) => JSON.stringify(list).match(/FOR UPDATE/g) !== null,
      );
      const exited = app.kill('SIGTERM');
      await eventually(
        () =>
          fetch(`${app.url}/health/live`).then(
            () => 'open',
            () => 'closed',
          ),
        (door) => door === 'closed',
      );
      await locker.rollback();
      await locker.end();
      expect(await inFlight).toBe(201);
      await exited;
      expect(await app.exited).toEqual({ code: 0, signal: null });
      expect(app.logs()).toMatch(/Shut down\./);
    });

    it('gives notice by its readiness first, and serves meanwhile', async () => {
      const { app, client } = await startApi(place, { SHUTDOWN_NOTICE_MS: '60000' });
      void app.kill('SIGTERM');
      await eventually(
        async () => {
          const ready = await fetch(`${app.url}/health/ready`);
          return [ready.status, ((await ready.json()) as { status: string }).status];
        },
        ([code, status]) => code === 503 && status === 'draining',
      );
      const started = await fetch(`${app.url}/health/startup`);
      expect([started.status, await started.json()]).toEqual([200, { status: 'up' }]);
      expect(await client.opened()).toBeGreaterThan(0);
      await app.kill('SIGKILL');
    });

    it('tells its metrics until then, and does not wait for idle connections', async () => {
      const { app } = await startApi(place);
      const metrics = await (await fetch(`${app.url}/metrics`)).text();
      const declared = [...metrics.matchAll(/^# TYPE (coupon_\w+ \w+)$/gm)].map(([, type]) => type);
      const document = await readFile(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
      expect(declared.sort()).toEqual(typesOf(tableOf('coupon-api', document)));
      const agent = new Agent({ keepAlive: true });
      await new Promise<void>((resolve, reject) => {
        const asking = request(`${app.url}/health/live`, { agent }, (answer) => {
          answer.resume().on('end', resolve);
        });
        asking.on('error', reject).end();
      });
      await app.kill('SIGTERM');
      expect(await app.exited).toEqual({ code: 0, signal: null });
      agent.destroy();
    });
  });
});

function post(url: string, userId: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: true });
    const sending = request(url, { method: 'POST', agent, headers: { 'x-user-id': userId } }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    });
    sending.on('error', reject).end();
  });
}
