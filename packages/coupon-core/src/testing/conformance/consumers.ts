import type { ProcessId, ScriptCall, Step } from 'protocol-model';
import type { QueueBatch } from '../../issuance/issuance-queue.js';
import { StoreUnavailable } from '../../issuance/issue-store.js';
import type { Pair } from './pair.js';

/** An entry holds one claim here; of a stream a batch is asked for by claims with room for one more full entry. */
const ROOM = { stream: 199, line: 0 };

interface Consumer {
  batch: QueueBatch | null;
  settled: QueueBatch['entries'];
}

/** Two consumers: what they have read, and what of it is settled. */
export class Consumers {
  private readonly consumers: [Consumer, Consumer] = [
    { batch: null, settled: [] },
    { batch: null, settled: [] },
  ];

  constructor(private readonly pair: Pair) {}

  async read(id: ProcessId, max: number, scripts: readonly ScriptCall[]): Promise<void> {
    const queue = this.pair.real.queues[id];
    const { shard } = this.pair.real.coupon;
    const room = ROOM[this.pair.real.keys.queueLayout];
    await queue.reclaim(shard, 0);
    const pending = await queue.readOwnPending(shard, '0', room + max);
    const missing = max - (pending?.entries.length ?? 0);
    const fresh = missing > 0 ? await queue.readNew(shard, room + missing) : null;
    const entries = [...(pending?.entries ?? []), ...(fresh?.entries ?? [])];
    const batch: QueueBatch = {
      shard,
      entries,
      unreadable: [],
      epochs: (fresh ?? pending)!.epochs,
      lastId: '',
    };
    const call = scripts.find((script) => script.script === 'readBatch');
    const expected = call?.reply?.batch.map(({ user }) => user).join() ?? 'nothing';
    const users = entries.flatMap((entry) => entry.claims.map(({ userId }) => userId)).join();
    if (users !== expected) throw new Error(`read: the model reads ${expected}, the product ${users}`);
    this.consumers[id] = { batch, settled: [] };
  }

  async commit({ id, fault }: Step<'commit'>): Promise<void> {
    const consumer = this.consumers[id];
    const { batch } = consumer;
    if (!batch) throw new Error('commit: the product holds no batch');
    this.pair.real.unitOfWork.fault = fault;
    try {
      const { leftAlone } = await this.pair.real.store.settle(batch.entries, await this.epochsOf(batch));
      consumer.settled = batch.entries.filter((entry) => !leftAlone.has(entry.id));
      if (consumer.settled.length === 0) consumer.batch = null;
    } catch (cause) {
      // The batch is kept, and tried again.
      if (!(cause instanceof StoreUnavailable)) throw cause;
    } finally {
      this.pair.real.unitOfWork.fault = 'ok';
    }
  }

  async acknowledge(id: ProcessId): Promise<void> {
    const { settled } = this.consumers[id];
    const done = settled.map((entry) => ({
      id: entry.id,
      couponId: entry.couponId,
      claims: entry.claims.length,
    }));
    await this.pair.real.queues[id].acknowledge(this.pair.real.coupon.shard, done);
  }

  /** What it held is left to whoever comes after it. */
  forget(id: ProcessId): void {
    this.consumers[id] = { batch: null, settled: [] };
  }

  private async epochsOf(batch: QueueBatch): Promise<QueueBatch['epochs']> {
    if (this.pair.sabotage !== 'SETTLES_ANY_EPOCH') return batch.epochs;
    const { id } = this.pair.real.coupon;
    return new Map([[id, (await this.pair.real.coupons.find(id))!.epoch]]);
  }
}
