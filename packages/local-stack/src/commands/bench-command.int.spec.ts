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
  env: Record<string, string | undefined>;
  consumerLived: boolean;
}

/** Notes how it was called and whether it can reach the consumer's process, and ends with a status of its own. */
const PROGRAM = `
import { writeFileSync } from 'node:fs';
const { MYSQL_URL, COUPON_API_URL, COUPON_CONSUMER_URL, COUPON_CONSUMER_PID } = process.env;
const env = { MYSQL_URL, COUPON_API_URL, COUPON_CONSUMER_URL, COUPON_CONSUMER_PID };
const consumerLived = process.kill(Number(COUPON_CONSUMER_PID), 0);
writeFileSync(process.argv.at(-1), JSON.stringify({ args: process.argv.slice(2, -1), env, consumerLived }));
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
      applications: await Promise.all(onFreePorts),
    };
  });

  afterEach(() => folder.remove());

  it('measures a new system, tells which process is the consumer, and leaves the usual one alone', async () => {
    const program = join(folder.path, 'program.mjs');
    const notes = join(folder.path, 'notes.json');
    writeFileSync(program, PROGRAM);
    expect(await benchCommand(['--', 'v1', '--seconds', '1', notes], layout, program)).toBe(7);
    const { args, env, consumerLived } = readJson<Call>(notes)!;
    expect(args).toEqual(['figures', 'v1', '--seconds', '1']);
    expect(env.MYSQL_URL).toBe(process.env.MYSQL_URL);
    expect(env.COUPON_API_URL).toMatch(/^http:/);
    expect(env.COUPON_CONSUMER_URL).toMatch(/^http:/);
    expect(env.COUPON_CONSUMER_URL).not.toBe(env.COUPON_API_URL);
    expect(consumerLived).toBe(true);
    expect(() => process.kill(Number(env.COUPON_CONSUMER_PID), 0)).toThrow('ESRCH');
    expect(existsSync(layout.logs)).toBe(false);
  });
});
