import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate, startApp, startMysql, startRedis } from 'local-stack';

const program = fileURLToPath(new URL('./main.js', import.meta.url));
const SMALL_RUSH = '--users 2000 --repeats 300 --total 200 --warmup 100 --seed 1'.split(' ');

let folder: string;
let environment: Record<string, string>;
/** What differs where callers show tokens. */
let byToken: Record<string, string>;
/** What was started last is stopped first. */
const running: { stop(): Promise<void> }[] = [];

function keep<T extends { stop(): Promise<void> }>(started: T): T {
  running.unshift(started);
  return started;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const mysql = keep(await startMysql({ dataDir: join(folder, 'mysql') }));
  const gate = keep(await startRedis({ dataDir: join(folder, 'gate'), role: 'gate' }));
  const cache = keep(await startRedis({ dataDir: join(folder, 'cache'), role: 'cache' }));
  const servers = { MYSQL_URL: mysql.url, REDIS_URL: gate.url, CACHE_REDIS_URL: cache.url };
  await migrate(mysql.url);
  keep(await startApp('coupon-consumer', servers));
  const api = keep(await startApp('coupon-api', servers));
  const tokens = {
    AUTH_MODE: 'jwt',
    JWT_SECRET: 's'.repeat(32),
    JWT_ISSUER: 'shop',
    JWT_AUDIENCE: 'coupons',
  };
  const tokenApi = keep(await startApp('coupon-api', { ...servers, ...tokens }));
  environment = { ...servers, COUPON_API_URLS: api.url };
  byToken = { ...tokens, COUPON_API_URLS: tokenApi.url };
});

afterAll(async () => {
  for (const started of running) await started.stop();
  await rm(folder, { recursive: true, force: true });
});

function runBench(
  args: string[],
  changes: Record<string, string> = {},
): Promise<{ status: number; output: string }> {
  const env = { ...environment, ...changes };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env }, (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr });
    });
  });
}

describe('the bench against the system', () => {
  it('finds a small rush exact at both doors, in each run', async () => {
    const jsonFile = join(folder, 'rush.json');
    const { status, output } = await runBench(['rush', ...SMALL_RUSH, '--runs', '2', '--json', jsonFile]);
    expect(output).toContain('EXACT: 9,200 requests, 800 coupons');
    // A missed check stands at the beginning of its line; a missed target of speed does not, and is no failure.
    expect(output).not.toMatch(/^ +✗/m);
    expect(status).toBe(0);
    const { exact, runs } = JSON.parse(await readFile(jsonFile, 'utf8'));
    expect(exact).toBe(true);
    expect(runs).toHaveLength(2);
    for (const { door, accepted, soldOut, repeatsOfSameClaim, duplicates, errors } of runs[0].doors) {
      expect({ door, accepted, duplicates, errors }).toEqual({
        door,
        accepted: 200,
        duplicates: 0,
        errors: 0,
      });
      expect(repeatsOfSameClaim).toBeGreaterThan(0);
      expect(accepted + soldOut + repeatsOfSameClaim).toBe(2_300);
    }
  });

  it('rushes with a token for each user as exactly', async () => {
    const { status, output } = await runBench(['rush', '--door', 'v2', ...SMALL_RUSH], byToken);
    expect(output).toContain('(AUTH_MODE=jwt)');
    expect(output).toContain('EXACT: 2,300 requests, 200 coupons');
    expect(status).toBe(0);
  });

  it('stays exact while winners cancel and their units are issued once more', async () => {
    const { status, output } = await runBench(['rush', ...SMALL_RUSH, '--chaos', 'cancel']);
    expect(output.match(/every third winner cancelled: [1-9]/g)).toHaveLength(2);
    expect(output).toMatch(/came back and were issued once more/);
    expect(output).not.toMatch(/^ +✗/m);
    expect(status).toBe(0);
  });

  it('stays exact while the total is raised and lowered', async () => {
    const { status, output } = await runBench(['rush', ...SMALL_RUSH, '--chaos', 'quantity']);
    expect(output).toMatch(/meanwhile on V2\n {2}total 200 → 175/);
    expect(output.match(/ {2}total \d+ → \d+/g)).toHaveLength(2 * 11);
    expect(output).not.toMatch(/^ +✗/m);
    expect(status).toBe(0);
  });

  it('stays exact while gate and queue lose everything, and nobody but the people does anything about it', async () => {
    const { status, output } = await runBench(['rush', ...SMALL_RUSH, '--chaos', 'flush']);
    expect(output).toMatch(/gate and queue lost everything, .* when [1-9]\d* people held a claim/);
    expect(output).toMatch(/the gate was shut for/);
    expect(output).toContain('every 202 with a receipt ended ISSUED, or REJECTED LOST_IN_INCIDENT');
    expect(output).not.toMatch(/^ +✗/m);
    expect(status).toBe(0);
  });

  it('is refused where its tokens are signed with another secret', async () => {
    const { status, output } = await runBench(['rush', ...SMALL_RUSH], {
      ...byToken,
      JWT_SECRET: 'another secret of the same length',
    });
    expect(output).toContain('answered 401');
    expect(status).toBe(1);
  });

  it('issues a coupon to everybody where there are more coupons than users', async () => {
    const { status, output } = await runBench([
      'rush',
      '--users',
      '100',
      '--repeats',
      '50',
      '--total',
      '120',
      '--warmup',
      '0',
    ]);
    expect(output).toContain('100 of 120');
    expect(status).toBe(0);
  });

  it('misses a gate that is not where it looks, says so and ends with status 1', async () => {
    // Without a warm-up there is one gate to wait for.
    const oneRush = ['rush', '--door', 'v2', ...SMALL_RUSH, '--warmup', '0'];
    const { status, output } = await runBench(oneRush, { REDIS_NAMESPACE: 'elsewhere' });
    expect(output).toContain('✗ gate = database: the gate does not know the coupon');
    expect(output).toContain('NOT EXACT: 1 check missed');
    expect(status).toBe(1);
  });

  it('measures the memory of the gate', async () => {
    const { status, output } = await runBench(['memory', '--users', '3000']);
    expect(output).toMatch(/bytes per issued user +\d/);
    expect(output).toContain('EXACT: 3,000 coupons');
    expect(status).toBe(0);
  });
});
