import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { CouponId } from '../../coupon/ids.js';
import { type QueueBatch, type RelayedEntry, RelayedQueue } from '../../issuance/issuance-queue.js';
import { epochsOf } from './gate-epochs.js';
import type { Keys } from './keys.js';
import { decodeEntry } from './queue-entry.js';
import { reaching } from './reaching.js';
import { Script } from './script.js';

export const GROUP = 'issuance';
/** As many members as one call of the gate may have. */
const CLAIMS_PER_ENTRY_MAX = 200;
const RECLAIM_ENTRIES = 1_000;
/** A thousand would make a line that nobody reads. */
const IDS_SAID_MAX = 10;

type BatchReply = [lastId: string, entries: (string | string[])[], epochs: string[], gone: string[]];

/** The stream of a shard, read as one member of its consumer group. */
export class RedisIssuanceQueue extends RelayedQueue {
  private readonly log = new Logger(RedisIssuanceQueue.name);
  private readonly readScript = new Script<BatchReply>('read-batch-1');
  private readonly acknowledgeScript = new Script<number>('acknowledge-2');
  private readonly removeScript = new Script<number>('remove-relayed-1');
  private readonly countScript = new Script<number>('count-drained-1');
  /** The last id that each shard is known to have given out; waiting for entries goes on from there. */
  private readonly lastIds = new Map<number, string>();

  /** `waiting` is a connection of its own, because it blocks. */
  constructor(
    private readonly redis: Redis,
    private readonly waiting: Redis,
    private readonly keys: Keys,
    private readonly consumer: string,
  ) {
    super();
  }

  readNew(shard: number, claimsMax: number): Promise<QueueBatch | null> {
    return reaching(() => this.read(shard, '>', claimsMax));
  }

  readOwnPending(shard: number, afterId: string, claimsMax: number): Promise<QueueBatch | null> {
    return reaching(() => this.read(shard, afterId, claimsMax));
  }

  async reclaim(shard: number, idleMs: number): Promise<number> {
    const queue = this.keys.queue(shard);
    const reply = await reaching(() =>
      this.withGroup(shard, () =>
        this.redis.xautoclaim(queue, GROUP, this.consumer, idleMs, '0', 'COUNT', RECLAIM_ENTRIES, 'JUSTID'),
      ),
    );
    const [, taken, gone] = reply as [cursor: string, taken: string[], gone: string[]];
    this.alarm(shard, gone);
    return taken.length;
  }

  async acknowledge(
    shard: number,
    entries: readonly { id: string; couponId: CouponId | null; claims: number }[],
  ): Promise<void> {
    if (entries.length === 0) return;
    const keys = [this.keys.queue(shard), this.keys.drain(shard)];
    const args = entries.flatMap(({ id, couponId, claims }) => [id, couponId ?? '', claims]);
    const fixed = [GROUP, this.keys.gatePrefix(shard)];
    await reaching(() => this.acknowledgeScript.run(this.redis, keys, [...fixed, ...args]));
  }

  async removeRelayed(shard: number, entries: readonly RelayedEntry[]): Promise<number> {
    if (entries.length === 0) return 0;
    const args = entries.flatMap(({ id, couponId, gateEpoch }) => [id, couponId, gateEpoch]);
    const fixed = [GROUP, this.keys.gatePrefix(shard)];
    return reaching(() => this.removeScript.run(this.redis, [this.keys.queue(shard)], [...fixed, ...args]));
  }

  async countDecided(shard: number, decided: ReadonlyMap<CouponId, number>): Promise<void> {
    if (decided.size === 0) return;
    const args = [this.keys.gatePrefix(shard), ...[...decided].flat()];
    await reaching(() => this.countScript.run(this.redis, [this.keys.drain(shard)], args));
  }

  async waitForEntries(shard: number, timeoutMs: number): Promise<void> {
    const from = this.lastIds.get(shard) ?? '$';
    const queue = this.keys.queue(shard);
    await reaching(() => this.waiting.xread('COUNT', 1, 'BLOCK', timeoutMs, 'STREAMS', queue, from));
  }

  depth(shard: number): Promise<number> {
    return reaching(() => this.redis.xlen(this.keys.queue(shard)));
  }

  private async read(shard: number, from: string, claimsMax: number): Promise<QueueBatch | null> {
    const args = [GROUP, this.consumer, from, claimsMax, CLAIMS_PER_ENTRY_MAX, this.keys.gatePrefix(shard)];
    const [lastId, flat, flatEpochs, gone] = await this.withGroup(shard, () =>
      this.readScript.run(this.redis, [this.keys.queue(shard)], args),
    );
    this.alarm(shard, gone);
    if (from === '>') this.lastIds.set(shard, lastId);
    const batch: QueueBatch = { shard, entries: [], unreadable: [], epochs: epochsOf(flatEpochs), lastId };
    for (let i = 0; i < flat.length; i += 2) {
      const entry = decodeEntry(flat[i] as string, flat[i + 1] as string[]);
      if ('cause' in entry) batch.unreadable.push(entry);
      else batch.entries.push(entry);
    }
    return flat.length === 0 ? null : batch;
  }

  /** Entries are deleted only together with their acknowledgement, so these were lost. */
  private alarm(shard: number, gone: readonly string[]): void {
    if (gone.length === 0) return;
    const some = gone.slice(0, IDS_SAID_MAX).join(' ');
    this.log.error(`shard ${shard}: ${gone.length} pending entries are gone, the first of them ${some}`);
  }

  /** Makes the consumer group where it is missing: at the first start, or after the server was emptied. */
  private async withGroup<T>(shard: number, command: () => Promise<T>): Promise<T> {
    try {
      return await command();
    } catch (cause) {
      if (!(cause instanceof Error) || !cause.message.includes('NOGROUP')) throw cause;
    }
    // From the beginning of the stream: what is in it was never delivered to anybody.
    await this.redis
      .xgroup('CREATE', this.keys.queue(shard), GROUP, '0', 'MKSTREAM')
      .catch((cause: Error) => {
        if (!cause.message.startsWith('BUSYGROUP')) throw cause;
      });
    return command();
  }
}
