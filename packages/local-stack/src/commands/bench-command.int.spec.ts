import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readJson } from '../json-file.js';
import { freePort } from '../processes/free-port.js';
import { type TemporaryFolder, temporaryFolder } from '../processes/temporary-folder.js';
import type { StackLayout } from '../stack/stack-layout.js';
import { stubApplications, stubProgram } from '../testing/stub-applications.js';
import { benchCommand } from './bench-command.js';

interface Call {
  args: string[];
  env: Record<string, string>;
  allLived: boolean;
}

/** Notes how it was called and whether it can reach the processes, and ends with a status of its own. */
const PROGRAM = `
import { writeFileSync } from 'node:fs';
const { env } = process;
const pids = (env.COUPON_API_PIDS + ',' + env.COUPON_CONSUMER_PIDS).split(',');
const allLived = pids.every((pid) => process.kill(Number(pid), 0));
writeFileSync(process.argv.at(-1), JSON.stringify({ args: process.argv.slice(2, -1), env, allLived }));
process.exit(7);
`;

describe('bench', () => {
  let folder: TemporaryFolder;
  let layout: StackLayout;

  beforeEach(async () => {
    folder = temporaryFolder('bench-spec');
    const onFreePorts = stubApplications.map(async (app) => ({ ...app, defaultPort: await freePort() }));
    const usual = join(folder.path, 'usual');
    layout = {
      folder: usual,
      logs: join(usual, 'logs'),
      migrateProgram: stubProgram,
      topicsProgram: stubProgram,
      applications: await Promise.all(onFreePorts),
    };
  });

  afterEach(() => folder.remove());

  it('measures a new system, tells which processes it is made of, and leaves the usual one alone', async () => {
    const program = join(folder.path, 'program.mjs');
    const notes = join(folder.path, 'notes.json');
    writeFileSync(program, PROGRAM);
    const flags = ['--', 'v1', '--api-processes', '2', '--seconds', '1', '--consumer-processes=3'];
    expect(await benchCommand([...flags, '--queue', 'redis-zset', notes], layout, program)).toBe(7);
    const { args, env, allLived } = readJson<Call>(notes)!;
    expect(args).toEqual(['figures', 'v1', '--seconds', '1']);
    expect(env.MYSQL_URL).toBe(process.env.MYSQL_URL);
    const lists = ['API_URLS', 'API_PIDS', 'CONSUMER_URLS', 'CONSUMER_PIDS'].map((name) =>
      env[`COUPON_${name}`]!.split(','),
    );
    expect(lists.map((list) => list.length)).toEqual([2, 2, 3, 3]);
    expect(new Set(lists.flat()).size).toBe(10);
    expect(allLived).toBe(true);
    expect(() => process.kill(Number(env.COUPON_CONSUMER_PIDS!.split(',')[0]), 0)).toThrow('ESRCH');
    expect(env).toMatchObject({ AUTH_MODE: 'jwt', JWT_ISSUER: 'fcfs-local', JWT_AUDIENCE: 'fcfs-local' });
    expect(env.QUEUE_DRIVER).toBe('redis-zset');
    expect(env.JWT_SECRET!.length).toBeGreaterThanOrEqual(32);
    // Those of the test run are given by address.
    expect([env.MYSQL_PID, env.GATE_REDIS_PID]).toEqual([undefined, undefined]);
    expect(existsSync(layout.logs)).toBe(false);
  });

  it('starts a second system with the default queue and data of its own, where a queue is measured', async () => {
    const program = join(folder.path, 'program.mjs');
    const notes = join(folder.path, 'notes.json');
    writeFileSync(program, PROGRAM);
    expect(await benchCommand(['queue', '--queue', 'redis-zset', notes], layout, program)).toBe(7);
    const { args, env } = readJson<Call>(notes)!;
    expect(args).toEqual(['figures', 'queue']);
    expect(env).toMatchObject({
      QUEUE_DRIVER: 'redis-zset',
      BESIDE_MYSQL_URL: `${process.env.MYSQL_URL}_beside`,
      BESIDE_REDIS_NAMESPACE: 'beside',
    });
    const urls = [env.COUPON_API_URLS, env.COUPON_CONSUMER_URLS];
    const besides = [env.BESIDE_COUPON_API_URLS, env.BESIDE_COUPON_CONSUMER_URLS];
    expect(new Set([...urls, ...besides]).size).toBe(4);
    for (const pid of [env.BESIDE_COUPON_API_PIDS, env.BESIDE_COUPON_CONSUMER_PIDS]) {
      expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
    }
  });
});
