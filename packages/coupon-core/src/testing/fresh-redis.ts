import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { connectRedis, createRedis, LISTENING } from '../adapters/redis/connection.js';
import { Keys, type QueueLayout } from '../adapters/redis/keys.js';
import { serverAddress } from './server-address.js';

/** Long enough for a machine that is busy with other suites; a test that needs it fails anyway. */
const COMMAND_TIMEOUT_MS = 30_000;

/** Keys of its own on the gate's server for one test file, removed at the end. */
export class FreshRedis {
  private readonly connections: Redis[] = [];

  private constructor(
    readonly url: string,
    readonly namespace: string,
    readonly keys: Keys,
    readonly redis: Redis,
  ) {}

  /**
   * `url`: default is the server that the test command provides. `namespace`: that of another one, for the same keys
   * on another server.
   */
  static async create(
    url = serverAddress('REDIS_URL'),
    namespace = `t-${randomBytes(6).toString('hex')}`,
    queueLayout: QueueLayout = 'stream',
  ): Promise<FreshRedis> {
    const redis = await FreshRedis.open(url, COMMAND_TIMEOUT_MS);
    return new FreshRedis(url, namespace, new Keys(namespace, queueLayout), redis);
  }

  /** On the server that the test command provides, with the queue of this layout. */
  static withQueue(queueLayout: QueueLayout): Promise<FreshRedis> {
    return FreshRedis.create(undefined, undefined, queueLayout);
  }

  private static async open(url: string, commandTimeout?: number): Promise<Redis> {
    const redis = await connectRedis(createRedis(url, 'test', { commandTimeout }));
    await redis.ping();
    return redis;
  }

  /** One more connection, as another process would have it; without a limit of time where it blocks. */
  async connect(kind: 'commands' | 'blocking' | 'listening' = 'commands'): Promise<Redis> {
    if (kind === 'listening') {
      const listening = createRedis(this.url, 'listening', LISTENING);
      this.connections.push(listening);
      return listening;
    }
    const connection = await FreshRedis.open(this.url, kind === 'commands' ? COMMAND_TIMEOUT_MS : undefined);
    this.connections.push(connection);
    return connection;
  }

  /** As if nothing had ever been in the queue; what the gates count stays. */
  async emptyQueue(shard = 0): Promise<void> {
    await this.remove(`${this.keys.queue(shard)}*`);
    await this.redis.del(this.keys.drain(shard));
  }

  async close(): Promise<void> {
    await this.remove(`${this.namespace}*`);
    for (const connection of [this.redis, ...this.connections]) connection.disconnect();
  }

  private async remove(match: string): Promise<void> {
    for await (const keys of this.redis.scanStream({ match, count: 1_000 })) {
      if ((keys as string[]).length > 0) await this.redis.unlink(...(keys as string[]));
    }
  }
}
