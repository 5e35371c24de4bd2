import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { BARE_ROUTE_PATH, startBaseline } from '../baselines/start-baseline.js';
import { namedCallers } from './credentials.js';
import { userIdOf } from './request-plan.js';
import { type Load, runLoad } from './run-load.js';

const servers: (Server | TcpServer)[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  }
});

async function portOf(server: Server | TcpServer): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const httpServer = (answer: (request: IncomingMessage, response: ServerResponse) => void) =>
  createServer(answer);

function loadOn(port: number, plan: number[], changes: Partial<Load> = {}): Load {
  return {
    targets: [{ host: '127.0.0.1', port }],
    credentials: namedCallers,
    paths: ['/v2/coupons/7/issues'],
    plan: Uint32Array.from(plan),
    users: 100,
    connections: 4,
    requestTimeoutMs: 5_000,
    faultsMax: 1_000,
    ...changes,
  };
}

const users = (count: number) => Array.from({ length: count }, (_, user) => user);
const userOf = (request: IncomingMessage) => Number(request.headers['x-user-id']);
const ticket = (number: number) => JSON.stringify({ ticket: number, status: 'PENDING' });
/** With `writeHead` in front of it, `end` would send the body in chunks; the system's services send it whole. */
const answer = (response: ServerResponse, status: number, body: string) => {
  response.statusCode = status;
  response.end(body);
};
const answerWithTicket = (request: IncomingMessage, response: ServerResponse) => {
  answer(response, 202, ticket(userOf(request)));
};

describe('the load generator', () => {
  it('sends each planned request once and counts what it is told', async () => {
    const asked: string[] = [];
    const server = httpServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers['x-user-id']}`);
      if (userOf(request) <= 10) answerWithTicket(request, response);
      else answer(response, 409, '{"status":409,"code":"SOLD_OUT"}');
    });
    const { log } = await runLoad(loadOn(await portOf(server), [...users(60), 0, 1, 50]));
    const expected = [...users(60), 0, 1, 50].map((user) => `POST /v2/coupons/7/issues ${userIdOf(user)}`);
    expect(asked.toSorted()).toEqual(expected.toSorted());
    expect([log.count, log.usersWithClaim, log.soldOutCount, log.faultCount]).toEqual([63, 10, 51, 0]);
    for (let at = 0; at < log.count; at++) {
      if (log.user[at]! < 10) expect(log.ticket[at]).toBe(log.user[at]! + 1);
      expect(log.latenciesMs[at]).toBeGreaterThan(0);
    }
  });

  it('sends each user to one of several paths, by turns', async () => {
    const asked: string[] = [];
    const server = httpServer((request, response) => {
      asked.push(`${request.url} ${userOf(request) - 1}`);
      answerWithTicket(request, response);
    });
    await runLoad(loadOn(await portOf(server), users(5), { paths: ['/a', '/b'] }));
    expect(asked.toSorted()).toEqual(['/a 0', '/a 2', '/a 4', '/b 1', '/b 3']);
  });

  it('keeps its connections, one request at a time on each', async () => {
    let underWay = 0;
    let underWayMax = 0;
    const server = httpServer((request, response) => {
      underWayMax = Math.max(underWayMax, ++underWay);
      setImmediate(() => {
        underWay--;
        answerWithTicket(request, response);
      });
    });
    let connections = 0;
    server.on('connection', () => connections++);
    await runLoad(loadOn(await portOf(server), users(100)));
    expect(connections).toBe(4);
    expect(underWayMax).toBeLessThanOrEqual(4);
  });

  it('spreads its connections evenly over the processes of a service', async () => {
    const connections = [0, 0];
    const ports = await Promise.all(
      connections.map((_, index) => {
        const server = httpServer(answerWithTicket);
        server.on('connection', () => connections[index]!++);
        return portOf(server);
      }),
    );
    const targets = ports.map((port) => ({ host: '127.0.0.1', port }));
    const { log } = await runLoad(loadOn(0, users(50), { targets }));
    expect(connections).toEqual([2, 2]);
    expect(log.usersWithClaim).toBe(50);
  });

  it('reads an answer that comes in pieces', async () => {
    const server = createTcpServer((socket) => {
      socket.on('data', async () => {
        const body = ticket(3);
        for (const piece of [
          'HTTP/1.1 202 Acc',
          'epted\r\nContent-Le',
          `ngth: ${body.length}\r\n`,
          '\r\n',
          body.slice(0, 5),
          body.slice(5),
        ]) {
          socket.write(piece);
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
      });
    });
    const { log } = await runLoad(loadOn(await portOf(server), users(6)));
    expect([log.count, log.usersWithClaim, log.faultCount]).toEqual([6, 6, 0]);
    expect([...log.ticket]).toEqual([3, 3, 3, 3, 3, 3]);
  });

  it('records an error where the server closes the connection, and goes on', async () => {
    const server = httpServer((request, response) => {
      if (userOf(request) % 10 === 0) request.socket.destroy();
      else answerWithTicket(request, response);
    });
    const { log } = await runLoad(loadOn(await portOf(server), users(100)));
    expect([log.count, log.usersWithClaim, log.faultCount]).toEqual([100, 90, 10]);
  });

  it('follows a server that says it will close the connection', async () => {
    const server = httpServer((request, response) => {
      response.setHeader('Connection', 'close');
      answerWithTicket(request, response);
    });
    const { log } = await runLoad(loadOn(await portOf(server), users(20)));
    expect([log.usersWithClaim, log.faultCount]).toEqual([20, 0]);
  });

  it('gives up a request that is not answered in time', async () => {
    const server = httpServer((request, response) => {
      if (userOf(request) !== 5) answerWithTicket(request, response);
    });
    const { log } = await runLoad(loadOn(await portOf(server), users(20), { requestTimeoutMs: 2_000 }));
    expect([log.count, log.usersWithClaim]).toEqual([20, 19]);
    expect([...log.faults]).toEqual([['time-out', 1]]);
  });

  it('ends early where everything fails', async () => {
    const server = createTcpServer();
    const port = await portOf(server);
    await new Promise((resolve) => server.close(resolve));
    const { log } = await runLoad(loadOn(port, users(100), { faultsMax: 10 }));
    expect([...log.faults.keys()]).toEqual(['ECONNREFUSED']);
    expect(log.count).toBeLessThan(20);
  });

  it('calls an answer without a length a fault', async () => {
    const server = httpServer((_, response) => {
      response.writeHead(202);
      response.write('{"ticket":1');
      response.end('}');
    });
    const { log } = await runLoad(loadOn(await portOf(server), users(3)));
    expect([...log.faults]).toEqual([['unreadable answer', 3]]);
  });

  it('finds the bare route ready, and leaves no process behind', async () => {
    const bareRoute = await startBaseline('bare-route');
    const { target } = bareRoute;
    const paths = [BARE_ROUTE_PATH];
    const { log } = await runLoad({ ...loadOn(target.port, users(100)), paths });
    await bareRoute.stop();
    expect([log.usersWithClaim, log.faultCount]).toEqual([100, 0]);
    const afterwards = await runLoad({ ...loadOn(target.port, users(1)), paths });
    expect([...afterwards.log.faults.keys()]).toEqual(['ECONNREFUSED']);
  });

  it('sends nothing more after the given time, and waits for what is under way', async () => {
    const server = httpServer((request, response) => {
      setTimeout(() => answerWithTicket(request, response), 5);
    });
    const plan = users(100_000);
    const { log, elapsedMs } = await runLoad(
      loadOn(await portOf(server), plan, { users: plan.length, durationMs: 100 }),
    );
    expect(elapsedMs).toBeGreaterThanOrEqual(100);
    expect(log.count).toBeLessThan(plan.length);
    expect([log.usersWithClaim, log.faultCount]).toEqual([log.count, 0]);
  });
});
