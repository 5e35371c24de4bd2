import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate, startApp, startMysql, startRedis, withTemporaryFolder } from 'local-stack';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { GROWTH_NAMES } from './figure-definitions.js';
import { parseSummary } from './figures-summary.js';
import { GROWTH_TIMES } from './growth.js';

const program = fileURLToPath(new URL('../main.js', import.meta.url));
const SHORT = '--seconds 1 --rounds 1 --seed 1'.split(' ');

let environment: Record<string, string>;
let consumerProcess: Record<string, string>;
/** What was started last is stopped first. */
const started: { stop(): Promise<void> }[] = [];
const ended = Promise.withResolvers<void>();
let folder: string;
let folderRemoved: Promise<void>;

function keep<T extends { stop(): Promise<void> }>(running: T): T {
  started.unshift(running);
  return running;
}

beforeAll(async () => {
  const made = Promise.withResolvers<string>();
  folderRemoved = withTemporaryFolder('figures', (path) => {
    made.resolve(path);
    return ended.promise;
  });
  folder = await made.promise;
  const mysql = keep(await startMysql({ dataDir: join(folder, 'mysql') }));
  const gate = keep(await startRedis({ dataDir: join(folder, 'gate'), role: 'gate' }));
  await migrate(mysql.url);
  const servers = { MYSQL_URL: mysql.url, REDIS_URL: gate.url, CACHE_REDIS_URL: gate.url };
  const consumer = keep(await startApp('coupon-consumer', servers));
  const callers = {
    AUTH_MODE: 'jwt',
    JWT_SECRET: 's'.repeat(32),
    JWT_ISSUER: 'shop',
    JWT_AUDIENCE: 'coupons',
  };
  const apis = [1, 2].map(() => startApp('coupon-api', { ...servers, ...callers }));
  const running = (await Promise.all(apis)).map(keep);
  const COUPON_API_URLS = running.map(({ url }) => url).join();
  const COUPON_API_PIDS = running.map(({ pid }) => pid).join();
  environment = { ...servers, ...callers, COUPON_API_URLS, COUPON_API_PIDS };
  consumerProcess = { COUPON_CONSUMER_URLS: consumer.url, COUPON_CONSUMER_PIDS: String(consumer.pid) };
});

afterAll(async () => {
  for (const running of started) await running.stop();
  ended.resolve();
  await folderRemoved;
});

function runFigures(
  args: string[],
  env: Record<string, string>,
): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, 'figures', ...args, ...SHORT], { env }, (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr });
    });
  });
}

/** Coupons that issued nothing, and have rows. */
async function idleCouponsWithRows(): Promise<number> {
  const mysql = await createConnection(environment.MYSQL_URL!);
  const [[found]] = await mysql.query<RowDataPacket[]>(
    `SELECT COUNT(DISTINCT i.coupon_id) AS coupons
       FROM coupon_issues i JOIN coupons c ON c.id = i.coupon_id WHERE c.issued_quantity = 0`,
  );
  await mysql.end();
  return found!.coupons;
}

describe('the figures of a running system of two API processes that ask for tokens', () => {
  it('measures exactly, for reading and for machines, and lets the consumer go that it has held', async () => {
    const jsonFile = join(folder, 'figures.json');
    const env = { ...environment, ...consumerProcess };
    const { status, output } = await runFigures(['v2-refuse', 'v2-admit', '--json', jsonFile], env);
    for (const name of ['v2-refuse', 'v2-admit']) expect(output).toContain(`${name}: round 1 of 1, exact`);
    expect(output).toMatch(/EXACT: 22 checks passed \(seed 1\)/);
    expect(status).toBe(0);
    const { exact, system, figures } = parseSummary(await readFile(jsonFile, 'utf8'));
    expect(exact).toBe(true);
    expect(system).toEqual({
      authMode: 'jwt',
      apiProcesses: 2,
      consumerProcesses: 1,
      queue: 'redis-stream',
    });
    const refusals = ['v2-refuse', 'v2-refuse-cpu'];
    const admissions = ['v2-admit', 'v2-admit-cpu', 'v2-admit-script'];
    expect(figures.map(({ name }) => name)).toEqual([...refusals, ...admissions]);
    for (const { ours, baseline, ratio } of figures) {
      expect(ours).toBeGreaterThan(0);
      expect(ratio).toBeCloseTo(ours / baseline);
    }
    const ready = await fetch(`${consumerProcess.COUPON_CONSUMER_URLS}/health/ready`);
    expect(ready.status).toBe(200);
  });

  it('measures growth exactly, and leaves no rows of its own behind', async () => {
    const { status, output } = await runFigures(['growth', '--rows', '3000', '--users', '3000'], environment);
    const [, few, many] = /growth-rows: (\S+) rows, then (\S+)/
      .exec(output)!
      .map((number) => Number(number.replaceAll(',', '')));
    expect(few).toBeGreaterThanOrEqual(3_000);
    expect(many).toBe(few! * GROWTH_TIMES);
    for (const name of GROWTH_NAMES) expect(output).toContain(`${name}: round 1 of 1, exact`);
    expect(status).toBe(0);
    expect(await idleCouponsWithRows()).toBe(0);
  });

  it('measures what is asked for by name: a great crowd, a rebuild, the cost of metrics, the memory', async () => {
    const names = ['million', 'rebuild', 'metrics-cost', 'soak'];
    const small = ['--users', '5000', '--total', '50', '--minutes', '0.05'];
    const { status, output } = await runFigures([...names, ...small], { ...environment, ...consumerProcess });
    for (const name of names) expect(output).toContain(`${name}: round 1 of 1, exact`);
    expect(status).toBe(0);

    expect(output).toContain('5,000 users at V2, for 50 units');
    expect(output).toMatch(/million +decisions\/s/);

    expect(output).toMatch(/^rebuild: a gate of 5,000 issues was shut for/m);
    expect(output).toMatch(/^rebuild-memory +MiB/m);

    const [, counts, observations] = /metrics-cost: (\S+) counts of .* and (\S+) observations/.exec(output)!;
    // An answer is one of each, and whoever is refused from memory is counted once more.
    expect([counts, observations].map(Number)).toEqual([expect.closeTo(2, 1), expect.closeTo(1, 0)]);
    for (const name of ['metrics-cost', 'metrics-on'])
      expect(output).toMatch(new RegExp(`^${name} +CPU µs\\/req`, 'm'));

    for (const name of ['API 1', 'API 2'])
      expect(output).toMatch(new RegExp(`^${name} +\\d.*(flat|grows)$`, 'm'));
    expect(output).toMatch(/^soak-api +MiB/m);
    expect(output).not.toContain('soak-mysql');
    expect(output).toContain('EXACT: 44 checks passed');
  });

  it('says so at once where it cannot tell which process drains the queue', async () => {
    const { status, output } = await runFigures(['v2-admit'], environment);
    expect(output).toContain('COUPON_CONSUMER_PIDS');
    expect(output).not.toContain('round 1');
    expect(status).toBe(1);
  });
});
