import { type Backoff, backoffMs, pause } from './backoff.js';
import type { Consumer, MessageBroker, ReceivedBatch, ReceivedMessage } from './broker.js';
import { UnreadableMessage } from './codec.js';

export interface WorkerLimits {
  /** Keys that are worked at together within a batch. */
  concurrency: number;
  /** Attempts at a message that fails by itself, before it is put aside. */
  attemptsMax: number;
  backoff: Backoff;
  heartbeatEveryMs: number;
  /** How long `close` waits for what is under way. */
  drainMsMax: number;
}

export const WORKER_LIMITS: WorkerLimits = {
  concurrency: 8,
  attemptsMax: 5,
  backoff: { firstMs: 100, maxMs: 10_000 },
  heartbeatEveryMs: 2_000,
  drainMsMax: 20_000,
};

export interface Work {
  topic: string;
  group: string;
  /** Its effect and its dedup row belong into one transaction (`Inbox`), since messages may come twice. */
  handle(message: ReceivedMessage): Promise<void>;
  /** Nothing is wrong with the message, something is away: it is tried for as long as that lasts. */
  isTransient(cause: unknown): boolean;
  /** Keeps a message that failed by itself; the next one of its key follows when this has succeeded. */
  deadLetter(message: ReceivedMessage, cause: unknown, attempts: number): Promise<void>;
  /** Hears of every failed attempt. */
  onFailure?(message: ReceivedMessage, cause: unknown, attempt: number): void;
}

/**
 * Works at a topic as a member of a group. Messages of one key are handled in their order, one at a time; a failing
 * one keeps the rest of its key waiting, and the other keys of its partition only from the next batch on.
 */
export class Worker {
  private readonly stopping = new AbortController();
  private consumer: Promise<Consumer> | null = null;
  private closing: Promise<boolean> | null = null;

  constructor(
    private readonly broker: MessageBroker,
    private readonly work: Work,
    private readonly limits: WorkerLimits = WORKER_LIMITS,
  ) {}

  /** Where it fails it can be called again. */
  async start(): Promise<void> {
    const { topic, group } = this.work;
    this.consumer ??= this.broker.consume(topic, group, (batch) => this.handle(batch));
    const starting = this.consumer;
    try {
      await starting;
    } catch (cause) {
      if (this.consumer === starting) this.consumer = null;
      throw cause;
    }
  }

  /**
   * Begins nothing new and waits for what is under way. Called again it answers the same.
   * @returns false where the time was over before: what was under way is then delivered again to somebody
   */
  close(): Promise<boolean> {
    this.closing ??= this.drain();
    return this.closing;
  }

  private async drain(): Promise<boolean> {
    this.stopping.abort();
    if (!this.consumer) return true;
    const closed = this.consumer.then(
      async (consumer) => {
        await consumer.close();
        return true;
      },
      () => true,
    );
    const deadline = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => deadline.resolve(false), this.limits.drainMsMax);
    return Promise.race([closed, deadline.promise]).finally(() => clearTimeout(timer));
  }

  private async handle(batch: ReceivedBatch): Promise<number> {
    const { messages } = batch;
    const done = new Set<ReceivedMessage>();
    // Whoever lost the partition learns of it by `isStale`; a heartbeat that fails says no more than that.
    const beat = setInterval(
      () => void batch.heartbeat().catch(() => undefined),
      this.limits.heartbeatEveryMs,
    );
    try {
      const keys = Map.groupBy(messages, ({ key }) => key).values();
      const lane = async () => {
        // All lanes share one iterator, so each key is taken by one of them.
        for (const ofKey of keys) await this.handleInOrder(ofKey, batch, done);
      };
      await Promise.all(Array.from({ length: this.limits.concurrency }, lane));
    } finally {
      clearInterval(beat);
    }
    const open = messages.findIndex((message) => !done.has(message));
    return open === -1 ? messages.length : open;
  }

  private async handleInOrder(
    messages: readonly ReceivedMessage[],
    batch: ReceivedBatch,
    done: Set<ReceivedMessage>,
  ): Promise<void> {
    for (const message of messages) {
      if (!(await this.handleOne(message, batch))) return;
      done.add(message);
    }
  }

  /** Answers whether the message is done with, by its effect or as a dead letter. */
  private async handleOne(message: ReceivedMessage, batch: ReceivedBatch): Promise<boolean> {
    let own = 0;
    for (let attempt = 1; !this.isLeft(batch); attempt += 1) {
      try {
        await this.work.handle(message);
        return true;
      } catch (cause) {
        this.work.onFailure?.(message, cause, attempt);
        if (!this.work.isTransient(cause)) {
          own += 1;
          const isFinal = own >= this.limits.attemptsMax || cause instanceof UnreadableMessage;
          if (isFinal) return this.putAside(message, cause, own, batch);
        }
        await pause(backoffMs(this.limits.backoff, attempt), this.stopping.signal);
      }
    }
    return false;
  }

  private async putAside(
    message: ReceivedMessage,
    cause: unknown,
    attempts: number,
    batch: ReceivedBatch,
  ): Promise<boolean> {
    for (let attempt = 1; !this.isLeft(batch); attempt += 1) {
      try {
        await this.work.deadLetter(message, cause, attempts);
        return true;
      } catch (failure) {
        this.work.onFailure?.(message, failure, attempt);
        await pause(backoffMs(this.limits.backoff, attempt), this.stopping.signal);
      }
    }
    return false;
  }

  private isLeft(batch: ReceivedBatch): boolean {
    return this.stopping.signal.aborted || batch.isStale();
  }
}
