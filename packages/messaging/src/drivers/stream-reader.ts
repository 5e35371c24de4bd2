import type { Redis } from 'ioredis';
import { backoffMs, pause } from '../backoff.js';
import type { BatchHandler, ReceivedMessage } from '../broker.js';
import { PartitionLease } from './partition-lease.js';

const LEASE_MS = 10_000;
const LEASE_AGAIN_MS = 1_000;
const BLOCK_MS = 500;
const BATCH_MAX = 200;
const BACKOFF = { firstMs: 50, maxMs: 1_000 };
/** The holder of the lease is the only reader, so what an earlier one had not acknowledged is the next one's own. */
const READER = 'holder';

export interface StreamPlace {
  topic: string;
  partition: number;
  group: string;
  stream: string;
}

type Entries = [id: string, fields: string[] | null][];

/** Reads one stream for a group while it holds the lease: first what was read and not acknowledged, then on. */
export class StreamReader {
  private readonly stopping = new AbortController();
  private readonly lease: PartitionLease;
  private loop: Promise<void> = Promise.resolve();

  /** `waiting`: a connection that this reader blocks, and closes at its end. */
  constructor(
    private readonly redis: Redis,
    private readonly waiting: Redis,
    private readonly place: StreamPlace,
    private readonly handle: BatchHandler,
  ) {
    this.lease = new PartitionLease(redis, `${place.stream}:lease:${place.group}`, LEASE_MS);
  }

  start(): void {
    this.loop = this.run();
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.loop;
    await this.lease.release().catch(() => undefined);
    this.waiting.disconnect();
  }

  private get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.isStopping) {
      try {
        if (await this.lease.acquire()) await this.readWhileHeld();
        else await pause(LEASE_AGAIN_MS, this.stopping.signal);
        failures = 0;
      } catch {
        // The server is away, was emptied, or a handler failed: what is not acknowledged is read again.
        failures += 1;
        await this.lease.release().catch(() => undefined);
        await pause(backoffMs(BACKOFF, failures), this.stopping.signal);
      }
    }
  }

  private async readWhileHeld(): Promise<void> {
    await this.makeGroup();
    let from = '0';
    while (!this.isStopping && (await this.lease.renew())) {
      const entries = await this.read(from);
      if (entries.length === 0) {
        from = '>';
        continue;
      }
      const messages = entries.map((entry) => this.toMessage(entry));
      const done = await this.handle({
        messages,
        heartbeat: async () => void (await this.lease.renew()),
        isStale: () => this.isStopping || !this.lease.isHeld,
      });
      const { stream, group } = this.place;
      const ids = messages.slice(0, done).map(({ position }) => position);
      if (ids.length > 0) await this.redis.xack(stream, group, ...ids);
      if (done < messages.length) from = '0';
    }
  }

  private async read(from: string): Promise<Entries> {
    const { group, stream } = this.place;
    const common = ['COUNT', BATCH_MAX] as const;
    const reply = (
      from === '>'
        ? await this.waiting.xreadgroup(
            'GROUP',
            group,
            READER,
            ...common,
            'BLOCK',
            BLOCK_MS,
            'STREAMS',
            stream,
            '>',
          )
        : await this.redis.xreadgroup('GROUP', group, READER, ...common, 'STREAMS', stream, from)
    ) as [stream: string, entries: Entries][] | null;
    return reply?.[0]?.[1] ?? [];
  }

  /** An entry that retention removed before it was read has no fields left; its reader has to see that. */
  private toMessage([position, fields]: Entries[number]): ReceivedMessage {
    const { topic, partition } = this.place;
    const [, key = '', , value = ''] = fields ?? [];
    return { topic, partition, position, key, value };
  }

  private async makeGroup(): Promise<void> {
    const { stream, group } = this.place;
    await this.redis.xgroup('CREATE', stream, group, '0', 'MKSTREAM').catch((cause: Error) => {
      if (!cause.message.startsWith('BUSYGROUP')) throw cause;
    });
  }
}
