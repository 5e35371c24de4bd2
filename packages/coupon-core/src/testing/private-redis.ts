import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from 'local-stack';

export interface PrivateRedis {
  url: string;
  port: number;
  /** In order, with everything that it holds. */
  restart(): Promise<void>;
  /** What was written so far; `restartAt` throws away what came after it, as a crash without a sync would. */
  position(): number;
  restartAt(position: number): Promise<void>;
  stop(): Promise<void>;
}

/** A gate's server that a test may restart, cut and empty, because nobody else uses it. */
export async function privateRedis(): Promise<PrivateRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'fcfs-redis-'));
  const dataDir = join(folder, 'data');
  const server = await startRedis({ dataDir, role: 'gate' });
  return {
    url: server.url,
    port: server.port,
    restart: () => server.restart(),
    position: () => statSync(appendedTo(dataDir)).size,
    restartAt: async (position) => {
      await server.kill('SIGKILL');
      truncateSync(appendedTo(dataDir), position);
      await server.restart();
    },
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The file at whose end the server writes: the last part of its append-only log. */
function appendedTo(dataDir: string): string {
  const parts = join(dataDir, 'appendonlydir');
  const number = (name: string) => Number(name.split('.').at(-3));
  const last = readdirSync(parts)
    .filter((name) => name.endsWith('.incr.aof'))
    .sort((a, b) => number(a) - number(b))
    .at(-1);
  return join(parts, last!);
}
