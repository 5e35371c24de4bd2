import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Gate } from './gate.js';
import type { IssuanceQueue, QueueBatch } from './issuance-queue.js';
import type { IssueStore } from './issue-store.js';
import { type BatchOutcome, SettleQueueBatch } from './settle-queue-batch.js';

export interface DrainLimits {
  /** Claims of one transaction. */
  claimsMax: number;
  /** How long another consumer's entries must lie unacknowledged before they are taken over. */
  reclaimIdleMs: number;
}

const RECLAIM_EVERY_MS = 1_000;
const PENDING_AGAIN_MS = 500;
const WAIT_MS = 1_000;
const BACKOFF_MS_MAX = 1_000;

/** The consumer: read, commit, then acknowledge; one loop a shard, own pending entries first. */
export class DrainQueue {
  private readonly log = new Logger(DrainQueue.name);
  private readonly stopping = new AbortController();
  private readonly settleBatch: SettleQueueBatch;
  private loops: Promise<void>[] = [];

  constructor(
    private readonly queue: IssuanceQueue,
    store: IssueStore,
    private readonly gate: Gate,
    private readonly limits: DrainLimits,
    private readonly onBatch: (outcome: BatchOutcome) => void = () => undefined,
  ) {
    this.settleBatch = new SettleQueueBatch(store, queue);
  }

  start(shards: number): void {
    this.loops = Array.from({ length: shards }, (_, shard) => this.run(shard));
  }

  /** Returns when the batches under way are committed and acknowledged, or given up. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.loops);
  }

  private async run(shard: number): Promise<void> {
    let pendingDueAt = 0;
    let reclaimDueAt = 0;
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      try {
        const now = Date.now();
        if (now >= reclaimDueAt) {
          reclaimDueAt = now + RECLAIM_EVERY_MS;
          if ((await this.reclaim(shard)) > 0) pendingDueAt = 0;
        }
        if (now >= pendingDueAt) pendingDueAt = await this.drainPending(shard);
        if (await this.drainNew(shard)) pendingDueAt = Math.min(pendingDueAt, now + PENDING_AGAIN_MS);
        if (failures > 0) this.log.log(`shard ${shard}: draining again`);
        failures = 0;
      } catch (cause) {
        if (failures === 0)
          this.log.warn(`shard ${shard}: ${(cause as Error).message} Trying again until it works.`);
        failures += 1;
        pendingDueAt = 0;
        await this.pause(Math.min(BACKOFF_MS_MAX, 50 * 2 ** Math.min(failures, 10)));
      }
    }
  }

  /** True where something was left pending. */
  private async drainNew(shard: number): Promise<boolean> {
    const batch = await this.queue.readNew(shard, this.limits.claimsMax);
    if (batch) return (await this.settle(batch)).leftAlone > 0;
    await this.queue.waitForEntries(shard, WAIT_MS);
    return false;
  }

  /** All that this consumer read and did not acknowledge; answers when to look again. */
  private async drainPending(shard: number): Promise<number> {
    let leftAlone = 0;
    let afterId = '0';
    while (!this.stopping.signal.aborted) {
      const batch = await this.queue.readOwnPending(shard, afterId, this.limits.claimsMax);
      if (!batch) break;
      leftAlone += (await this.settle(batch)).leftAlone;
      afterId = batch.lastId;
    }
    return leftAlone > 0 ? Date.now() + PENDING_AGAIN_MS : Number.POSITIVE_INFINITY;
  }

  private async settle(batch: QueueBatch): Promise<BatchOutcome> {
    const outcome = await this.settleBatch.execute(batch);
    if (outcome.deadLetters > 0) this.log.error(`${outcome.deadLetters} claims became dead letters`);
    if (outcome.views.length > 0) {
      // A hint: the sweeper says the same until the gate has taken it.
      this.gate.update(outcome.views.map((view) => ({ view, issuedByV1: [] }))).catch(() => undefined);
    }
    this.onBatch(outcome);
    return outcome;
  }

  private async reclaim(shard: number): Promise<number> {
    const taken = await this.queue.reclaim(shard, this.limits.reclaimIdleMs);
    if (taken > 0) this.log.log(`shard ${shard}: took over ${taken} entries of another consumer`);
    return taken;
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
