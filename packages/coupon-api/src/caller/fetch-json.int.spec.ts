import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FETCH_BYTES_MAX, fetchJson } from './fetch-json.js';

describe('fetchJson', () => {
  let server: Server | undefined;

  afterEach(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
    server = undefined;
  });

  async function served(listener: RequestListener): Promise<string> {
    server = createServer(listener);
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  }

  it('reads what is there', async () => {
    const url = await served((request, answer) =>
      answer.end(JSON.stringify({ path: request.url, accept: request.headers.accept })),
    );
    expect(await fetchJson(url)).toEqual({ path: '/jwks', accept: 'application/json' });
  });

  it('takes nothing but 200, from nowhere else', async () => {
    for (const status of [204, 404, 500]) {
      const url = await served((_request, answer) => answer.writeHead(status).end());
      await expect(fetchJson(url)).rejects.toThrow(`The answer was ${status}.`);
      server?.close();
    }
    const moved = await served((request, answer) =>
      request.url === '/jwks' ? answer.writeHead(302, { location: '/other' }).end() : answer.end('{}'),
    );
    await expect(fetchJson(moved)).rejects.toThrow();
  });

  it('takes no more than it can hold, and hangs up on the rest', async () => {
    let hungUp: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => {
      hungUp = resolve;
    });
    const url = await served((_request, answer) => {
      answer.on('close', hungUp);
      const flood = () => {
        while (!answer.destroyed && answer.write(' '.repeat(65_536)));
      };
      answer.on('drain', flood);
      flood();
    });
    await expect(fetchJson(url)).rejects.toThrow(`larger than ${FETCH_BYTES_MAX} bytes`);
    await closed;
  });

  it('does not wait for ever: for an answer, or for the rest of one', async () => {
    const silent = await served(() => undefined);
    await expect(fetchJson(silent, 50)).rejects.toThrow(/timeout/);
    server?.closeAllConnections();
    server?.close();
    const halting = await served((_request, answer) => {
      answer.write('{"keys":');
    });
    await expect(fetchJson(halting, 200)).rejects.toThrow(/timeout/);
  });

  it('wants JSON, and somebody who answers', async () => {
    const url = await served((_request, answer) => answer.end('<html>'));
    await expect(fetchJson(url)).rejects.toThrow(/JSON/);
    await expect(fetchJson('http://127.0.0.1:1/jwks')).rejects.toThrow('fetch failed');
  });
});
