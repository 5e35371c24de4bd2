import { describe, expect, it } from '@jest/globals';
import { stubApplications } from '../testing/stub-applications.js';
import { startApp } from './start-app.js';

describe('startApp', () => {
  it('is ready on a port of its own, and tells what it wrote also after its end', async () => {
    const app = await startApp('coupon-api', {}, stubApplications);
    expect((await fetch(`${app.url}/health/ready`)).status).toBe(200);
    await app.stop();
    expect(await app.exited).toEqual({ code: 0, signal: null });
    expect(app.logs()).toContain('drained');
  });

  it('waits for the end of a process that it kills', async () => {
    const app = await startApp('coupon-consumer', {}, stubApplications);
    await app.kill('SIGKILL');
    expect(await app.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await app.stop();
  });

  it('fails with what the application said last', async () => {
    const starting = startApp('coupon-api', { STUB_FAILS: 'COUPON_API_PORT' }, stubApplications);
    await expect(starting).rejects.toThrow(/exit code 3[\s\S]*told to fail/);
  });
});
