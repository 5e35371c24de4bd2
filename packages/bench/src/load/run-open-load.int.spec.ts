import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { namedCallers } from './credentials.js';
import { type OpenLoad, runOpenLoad } from './run-open-load.js';

let server: Server;

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function loadOn(answer: RequestListener, changes: Partial<OpenLoad>): Promise<OpenLoad> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const requests = 200;
  return {
    targets: [{ host: '127.0.0.1', port: (server.address() as AddressInfo).port }],
    credentials: namedCallers,
    path: '/v2/coupons/7/issues',
    plan: Uint32Array.from({ length: requests }, (_, user) => user),
    users: requests,
    arrivalsPerSecond: 1_000,
    connections: 8,
    requestTimeoutMs: 5_000,
    ...changes,
  };
}

const claim: RequestListener = (request, response) => {
  response.end(JSON.stringify({ ticket: Number(request.headers['x-user-id']), status: 'PENDING' }));
};

describe('the open loop', () => {
  it('sends at its rate however fast the answers are', async () => {
    const { log, elapsedMs, answeredAt } = await runOpenLoad(await loadOn(claim, {}));
    expect([log.count, log.usersWithClaim, log.faultCount]).toEqual([200, 200, 0]);
    // The last of 200 requests is due after 199 ms.
    expect(elapsedMs).toBeGreaterThanOrEqual(199);
    expect([...answeredAt]).toEqual([...answeredAt].sort((left, right) => left - right));
  });

  it('charges a stall to everybody who came during it', async () => {
    let stalled = false;
    const stallOnce: RequestListener = (request, response) => {
      const stall = request.headers['x-user-id'] === '50';
      stalled ||= stall;
      setTimeout(() => claim(request, response), stall ? 300 : 0);
    };
    const load = await loadOn(stallOnce, { connections: 1 });
    const { log } = await runOpenLoad(load);
    expect(stalled).toBe(true);
    // Over one connection some 150 requests were due while the first of them was stalled, and waited as well.
    const late = log.latenciesMs.filter((latency) => latency > 100);
    expect(late.length).toBeGreaterThan(100);
  });

  it('spreads its requests evenly over the processes of a service', async () => {
    const asked = [0, 0];
    const load = await loadOn(claim, {});
    const second = createServer((request, response) => {
      asked[1]!++;
      claim(request, response);
    });
    server.on('request', () => asked[0]!++);
    await new Promise<void>((resolve) => second.listen(0, '127.0.0.1', resolve));
    const target = { host: '127.0.0.1', port: (second.address() as AddressInfo).port };
    const { log } = await runOpenLoad({ ...load, targets: [...load.targets, target] });
    second.closeAllConnections();
    second.close();
    expect(log.usersWithClaim).toBe(200);
    // Whoever is free for longest is next, so that neither process is left out however fast the other one is.
    for (const requests of asked) expect(requests).toBeGreaterThan(50);
  });

  it('counts requests that get no answer, and ends all the same', async () => {
    const hangUp: RequestListener = (request) => {
      request.socket.destroy();
    };
    const { log } = await runOpenLoad(await loadOn(hangUp, {}));
    expect([log.count, log.faultCount]).toEqual([200, 200]);
  });
});
