import { crc32 } from 'node:zlib';
import { Redis, type RedisOptions } from 'ioredis';
import { type BatchHandler, type Consumer, MessageBroker, type OutgoingMessage } from '../broker.js';
import { StreamReader } from './stream-reader.js';

export interface RedisStreamsOptions {
  url: string;
  /** First part of every key. */
  namespace: string;
  /** Streams of a topic; the same for all processes, for good. */
  partitions: number;
  /** Messages older than this are removed when others are published, read or not. */
  retentionMs: number;
}

const COMMAND_TIMEOUT_MS = 5_000;
const RECONNECT_MS_MAX = 500;
/** A connection that owes an answer for so long is given up, even if nobody has closed it. */
const SILENCE_MS_MAX = 8_000;

/** Each partition of a topic is a stream, read by whoever holds its lease. */
export class RedisStreamsBroker extends MessageBroker {
  private readonly redis: Redis;

  constructor(private readonly options: RedisStreamsOptions) {
    super();
    this.redis = this.connection({ commandTimeout: COMMAND_TIMEOUT_MS });
  }

  async publish(topic: string, messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const { partitions, retentionMs } = this.options;
    const oldest = Date.now() - retentionMs;
    const pipeline = this.redis.pipeline();
    for (const { key, value } of messages) {
      const stream = this.stream(topic, crc32(key) % partitions);
      // Never by length: that would remove what nobody has read yet in a rush.
      pipeline.xadd(stream, 'MINID', '~', oldest, '*', 'key', key, 'value', value);
    }
    for (const [cause] of (await pipeline.exec()) ?? []) if (cause) throw cause;
  }

  async consume(topic: string, group: string, handle: BatchHandler): Promise<Consumer> {
    const readers = Array.from({ length: this.options.partitions }, (_, partition) => {
      // A connection of its own, since its reads block.
      const waiting = this.connection({});
      const place = { topic, partition, group, stream: this.stream(topic, partition) };
      return new StreamReader(this.redis, waiting, place, handle);
    });
    for (const reader of readers) reader.start();
    return {
      close: async () => {
        await Promise.all(readers.map((reader) => reader.close()));
      },
    };
  }

  async ping(): Promise<void> {
    await this.redis.ping();
  }

  async close(): Promise<void> {
    this.redis.disconnect();
  }

  /** One hash tag for a stream and its leases. */
  private stream(topic: string, partition: number): string {
    return `${this.options.namespace}:messages:{${topic}:${partition}}`;
  }

  private connection(options: Partial<RedisOptions>): Redis {
    const redis = new Redis(this.options.url, {
      maxRetriesPerRequest: 1,
      socketTimeout: SILENCE_MS_MAX,
      retryStrategy: (times) => Math.min(times * 50, RECONNECT_MS_MAX),
      ...options,
    });
    // Whoever sends a command learns of it; without a listener the library would print it as well.
    redis.on('error', () => undefined);
    return redis;
  }
}
