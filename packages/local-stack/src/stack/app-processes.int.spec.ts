import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { freePort } from '../processes/free-port.js';
import { stubApplications } from '../testing/stub-applications.js';
import { appProcesses, onFreePorts, requireFreePorts } from './app-processes.js';

const [consumer, api] = stubApplications;

/** One process of each application, both on the same port. */
async function onOnePort() {
  const port = String(await freePort());
  const env = { [consumer!.portSetting]: port, [api!.portSetting]: port };
  return { port: Number(port), processes: appProcesses(stubApplications, {}, env) };
}

describe('ports of the processes', () => {
  it('are refused where two processes want the same one', async () => {
    const { port, processes } = await onOnePort();
    await expect(requireFreePorts(processes, undefined)).rejects.toThrow(
      `Port ${port}, for coupon-api, is that of coupon-consumer already. Choose another one: COUPON_API_PORT=`,
    );
  });

  it('are replaced where another process has or wants them', async () => {
    const { port, processes } = await onOnePort();
    const shared = (await onFreePorts(processes, undefined)).map((process) => process.port);
    expect(shared).toEqual([port, expect.any(Number)]);
    expect(shared[1]).not.toBe(port);

    const holder = createServer().listen(port, '127.0.0.1');
    try {
      const placed = (await onFreePorts(processes, undefined)).map((process) => process.port);
      expect(placed).not.toContain(port);
      expect(new Set(placed).size).toBe(2);
    } finally {
      holder.close();
    }
  });
});
