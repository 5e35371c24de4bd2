import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { type MessageBroker, type ReceivedBatch, type ReceivedMessage, sendToDeadLetters } from 'messaging';
import type { CouponId } from '../coupon/ids.js';
import { roundsDone, roundsFailed } from '../metrics/drain-metrics.js';
import type { Gate } from './gate.js';
import type { RelayedQueue } from './issuance-queue.js';
import { entryIdOf, type RequestChunk, requestChunks } from './issue-request-chunks.js';
import { ISSUE_REQUESTS, type RequestTopic } from './issue-requests.js';
import type { IssueStore } from './issue-store.js';
import { OutageLog } from './outage-log.js';
import { type SettledEntries, SettleEntries } from './settle-entries.js';
import { TellOfSettlement } from './tell-of-settlement.js';

const HEARTBEAT_EVERY_MS = 2_000;
const BACKOFF_MS_MAX = 1_000;

/**
 * The member of the group that settles what stands in the topic: read, commit the rows, then acknowledge. A message
 * that was sent under an epoch that has ended is passed over: its entry still stands in the queue and is sent again,
 * or was settled before that epoch ended, or was lost with its gate.
 */
export class DrainTopic {
  private readonly log = new Logger(DrainTopic.name);
  private readonly outage = new OutageLog(this.log, 'draining the topic of requests');
  private readonly stopping = new AbortController();
  private readonly settleEntries: SettleEntries;
  private readonly tell: TellOfSettlement;
  private loop: Promise<void> = Promise.resolve();

  /** `connect`: a broker of its own, which says where it has ceased to read for good. */
  constructor(
    private readonly connect: (onEnd: (cause: Error) => void) => MessageBroker,
    private readonly store: IssueStore,
    gate: Gate,
    /** null: nothing is relayed from one. */
    private readonly queue: Pick<RelayedQueue, 'countDecided'> | null,
    private readonly claimsMax: number,
    private readonly from: RequestTopic = ISSUE_REQUESTS,
  ) {
    this.settleEntries = new SettleEntries(store);
    this.tell = new TellOfSettlement(gate);
  }

  start(): void {
    this.loop = this.run();
  }

  /** Returns when the chunk under way is committed and acknowledged, or given up. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    const stopped = once(this.stopping.signal, 'abort');
    while (!this.stopping.signal.aborted) {
      const ended = Promise.withResolvers<never>();
      ended.promise.catch(() => undefined);
      const broker = this.connect(ended.reject);
      try {
        const { topic, group } = this.from;
        const consumer = await broker.consume(topic, group, (batch) => this.handle(batch, broker));
        this.outage.succeeded();
        await Promise.race([ended.promise, stopped]).finally(() => consumer.close());
      } catch (cause) {
        this.outage.failed(cause);
        await this.pause(BACKOFF_MS_MAX);
      }
      await broker.close().catch(() => undefined);
    }
  }

  private async handle(batch: ReceivedBatch, broker: MessageBroker): Promise<number> {
    // Whoever lost the partition learns of it by `isStale`, which a heartbeat that fails makes true.
    const beat = setInterval(() => void batch.heartbeat().catch(() => undefined), HEARTBEAT_EVERY_MS);
    try {
      let done = 0;
      for (const chunk of requestChunks(batch.messages, this.claimsMax)) {
        if (!(await this.persist(chunk, batch, broker))) break;
        done += chunk.messages.length;
      }
      return done;
    } finally {
      clearInterval(beat);
    }
  }

  /** For as long as it takes; answers false where it is left to whoever reads it next. */
  private async persist(chunk: RequestChunk, batch: ReceivedBatch, broker: MessageBroker): Promise<boolean> {
    for (let failures = 1; !this.stopping.signal.aborted && !batch.isStale(); failures += 1) {
      try {
        await this.settle(chunk, broker);
        this.outage.succeeded();
        roundsDone.add();
        return true;
      } catch (cause) {
        this.outage.failed(cause);
        roundsFailed.add();
        await this.pause(Math.min(BACKOFF_MS_MAX, 50 * 2 ** Math.min(failures, 10)));
      }
    }
    return false;
  }

  private async settle(chunk: RequestChunk, broker: MessageBroker): Promise<void> {
    const begunAt = performance.now();
    await this.buryUnreadable(chunk, broker);
    const { dead, decided, settled: _settled, ...outcome } = await this.settleEntries.execute(chunk);
    await this.copyDead(chunk, dead, broker);
    const deadLetters = chunk.unreadable.length + dead.length;
    this.tell.execute(chunk.entries, { ...outcome, deadLetters }, performance.now() - begunAt);
    this.count(chunk, decided);
  }

  private async buryUnreadable({ unreadable }: RequestChunk, broker: MessageBroker): Promise<void> {
    for (const { message, cause } of unreadable) {
      const { value } = message;
      const source = `message:${createHash('sha256').update(value).digest('hex')}`;
      const entry = { id: entryIdOf(message), raw: { value }, cause };
      await this.store.keepDeadLetters([{ unreadable: entry, source }], cause);
      this.log.error(`message ${entry.id} is kept as a dead letter that nobody can try again: ${cause}`);
      await this.copyTo(broker, message, cause);
    }
  }

  /** Beside the letters, which are what is tried again: a copy for whoever looks at topics. */
  private async copyDead(
    { messages }: RequestChunk,
    dead: SettledEntries['dead'],
    broker: MessageBroker,
  ): Promise<void> {
    if (dead.length === 0) return;
    const causes = new Map(dead.map(({ entry, cause }) => [entry.id, cause]));
    for (const message of messages) {
      const cause = causes.get(entryIdOf(message));
      if (cause !== undefined) await this.copyTo(broker, message, cause);
    }
  }

  /** The letter is what counts, so nobody waits behind a copy that cannot be sent. */
  private async copyTo(broker: MessageBroker, message: ReceivedMessage, cause: string): Promise<void> {
    try {
      await sendToDeadLetters(broker, message, cause, 1);
    } catch (fault) {
      this.log.warn(`message ${entryIdOf(message)} is not copied: ${(fault as Error).message}`);
    }
  }

  /** These are numbers for those who wait at a gate: one that is lost is no reason to settle again. */
  private count({ shards }: RequestChunk, decided: ReadonlyMap<CouponId, number>): void {
    const waited = [...decided].filter(([couponId]) => shards.has(couponId));
    for (const [shard, counts] of Map.groupBy(waited, ([couponId]) => shards.get(couponId)!)) {
      this.queue?.countDecided(shard, new Map(counts)).catch(() => undefined);
    }
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
