import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from 'local-stack';

export interface PrivateRedis {
  url: string;
  /** In order, with everything that it holds. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A gate's server that a test may restart and empty, because nobody else uses it. */
export async function privateRedis(): Promise<PrivateRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'fcfs-redis-'));
  const server = await startRedis({ dataDir: join(folder, 'data'), role: 'gate' });
  return {
    url: server.url,
    restart: () => server.restart(),
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
