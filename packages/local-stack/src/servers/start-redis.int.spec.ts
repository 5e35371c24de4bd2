import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { ProcessGroup } from '../processes/process-group.js';
import { type TemporaryFolder, temporaryFolder } from '../processes/temporary-folder.js';
import type { LocalServer } from './local-server.js';
import { type RedisRole, startRedis } from './start-redis.js';

describe('startRedis', () => {
  const group = new ProcessGroup();
  let folder: TemporaryFolder;
  const servers = new Map<RedisRole, LocalServer>();

  beforeAll(async () => {
    folder = temporaryFolder('redis-spec');
    for (const role of ['gate', 'cache'] as const) {
      servers.set(role, await startRedis({ dataDir: join(folder.path, role), role }, group));
    }
  });

  afterAll(async () => {
    await group.stopAll();
    folder.remove();
  });

  const withClient = async <T>(role: RedisRole, work: (client: Redis) => Promise<T>): Promise<T> => {
    const client = new Redis(servers.get(role)!.url);
    try {
      return await work(client);
    } finally {
      client.disconnect();
    }
  };

  it.each([
    ['gate', 'appendonly', 'yes'],
    ['gate', 'appendfsync', 'always'],
    ['gate', 'maxmemory-policy', 'noeviction'],
    ['gate', 'save', ''],
    ['cache', 'appendonly', 'no'],
    ['cache', 'maxmemory', String(256 * 1024 * 1024)],
    ['cache', 'maxmemory-policy', 'allkeys-lru'],
    ['cache', 'save', ''],
  ] as const)('runs the %s with %s = "%s" in force', async (role, setting, value) => {
    const answer = await withClient(role, (client) => client.config('GET', setting));
    expect(answer).toEqual([setting, value]);
  });

  it('keeps what the gate answered through SIGKILL, on the same port', async () => {
    const gate = servers.get('gate')!;
    const { url, pid } = gate;
    await withClient('gate', (client) => client.set('kept', '1'));
    await gate.kill('SIGKILL');
    await gate.restart();
    expect(gate.url).toBe(url);
    expect(gate.pid).not.toBe(pid);
    expect(await withClient('gate', (client) => client.get('kept'))).toBe('1');
  });

  it('answers nothing while it is paused, and everything after it', async () => {
    const cache = servers.get('cache')!;
    await withClient('cache', async (client) => {
      await client.ping();
      cache.pause();
      let answered = false;
      const ping = client.ping().then(() => {
        answered = true;
      });
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(answered).toBe(false);
      cache.resume();
      await ping;
    });
  });

  it('stops although it is paused', async () => {
    const cache = servers.get('cache')!;
    cache.pause();
    await cache.stop();
    await cache.restart();
    expect(await withClient('cache', (client) => client.ping())).toBe('PONG');
  });

  it('says so when the port is taken, and does not take its holder for the new server', async () => {
    const port = servers.get('gate')!.port;
    const again = startRedis(
      { dataDir: join(folder.path, 'again'), role: 'cache', port },
      new ProcessGroup(),
    );
    await expect(again).rejects.toThrow(/address already in use/);
  });
});
