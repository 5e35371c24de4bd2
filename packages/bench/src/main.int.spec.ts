import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const program = fileURLToPath(new URL('./main.js', import.meta.url));

function runBench(args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env: {} }, (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

describe('the program', () => {
  it('answers an unknown flag with the usage and status 2', async () => {
    const { status, stderr } = await runBench(['rush', '--winners', '3']);
    expect(status).toBe(2);
    expect(stderr).toContain('--winners');
    expect(stderr).toContain('usage: rush [flags]');
  });

  it('says what is missing in the environment', async () => {
    const { status, stderr } = await runBench(['rush']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^COUPON_API_URLS, MYSQL_URL, REDIS_URL, CACHE_REDIS_URL must be set/);
  });

  it('explains itself', async () => {
    const { status, stdout } = await runBench(['--help']);
    expect(status).toBe(0);
    expect(stdout).toContain('memory [flags]');
  });
});
