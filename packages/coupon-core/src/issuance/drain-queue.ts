import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { CouponId } from '../coupon/ids.js';
import { roundsDone, roundsFailed } from '../metrics/drain-metrics.js';
import type { Gate } from './gate.js';
import type { IssuanceQueue, QueueBatch } from './issuance-queue.js';
import { OutageLog } from './outage-log.js';

/** What is done with a batch: it is settled, or goes on to another queue. What is done with has left the queue. */
export interface BatchWork {
  /** @throws where a server is away: all that is left in the queue is read again */
  execute(batch: QueueBatch): Promise<BatchDone>;
}

export interface BatchDone {
  claims: number;
  /** Entries that stay pending, because their coupon's gate is being rebuilt. */
  leftAlone: number;
}

export interface DrainLimits {
  /** Claims of one transaction. */
  claimsMax: number;
  /** How long another consumer's entries must lie unacknowledged before they are taken over. */
  reclaimIdleMs: number;
}

const RECLAIM_EVERY_MS = 1_000;
const PENDING_AGAIN_MS = 500;
/** The reply of a reading may be lost: then nobody knows of the entries but the queue. */
const PENDING_EVERY_MS = 2_000;
const WAIT_MS = 1_000;
const BACKOFF_MS_MAX = 1_000;
/** Batches under way at once: while one is committed, another is read and written down. */
const LANES = 2;
/**
 * After batches that were far from full the next one is left to gather for so long, because a transaction costs as
 * much as hundreds of rows. Somebody who comes alone is not waited for.
 */
const GATHER_MS = 5;

interface Drained {
  batches: number;
  claims: number;
  leftAlone: number;
}

/** The reader of one shard: read, have the work done, which acknowledges; own pending entries first. */
export class DrainQueue {
  private readonly log = new Logger(DrainQueue.name);
  private readonly stopping = new AbortController();
  private readonly outage: OutageLog;
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly queue: IssuanceQueue,
    private readonly work: BatchWork,
    private readonly gate: Gate,
    private readonly limits: DrainLimits,
    private readonly shard = 0,
    /** Told of every coupon that had claims in a batch. */
    private readonly onDrained: (couponId: CouponId, shard: number) => void = () => undefined,
  ) {
    this.outage = new OutageLog(this.log, `draining shard ${shard}`);
  }

  start(): void {
    this.loop = this.run(this.shard);
  }

  /** Returns when the batches under way are committed and acknowledged, or given up. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
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
        const { batches, claims, leftAlone } = await this.drainNew(
          shard,
          Math.min(pendingDueAt, reclaimDueAt),
        );
        if (leftAlone > 0) pendingDueAt = Math.min(pendingDueAt, now + PENDING_AGAIN_MS);
        if (batches === 0) await this.queue.waitForEntries(shard, WAIT_MS);
        else if (claims < this.limits.claimsMax) await this.pause(GATHER_MS);
        this.outage.succeeded();
        roundsDone.add();
        failures = 0;
      } catch (cause) {
        this.outage.failed(cause);
        roundsFailed.add();
        failures += 1;
        pendingDueAt = 0;
        await this.pause(Math.min(BACKOFF_MS_MAX, 50 * 2 ** Math.min(failures, 10)));
      }
    }
  }

  /** New entries, as long as batches are full and nothing else is due; returns when all that was read is done with. */
  private async drainNew(shard: number, dueAt: number): Promise<Drained> {
    const drained = { batches: 0, claims: 0, leftAlone: 0 };
    const lane = async () => {
      let isFull: boolean;
      do {
        const batch = await this.queue.readNew(shard, this.limits.claimsMax);
        if (!batch) return;
        const { claims, leftAlone } = await this.handle(batch);
        drained.batches += 1;
        drained.claims += claims;
        drained.leftAlone += leftAlone;
        isFull = claims >= this.limits.claimsMax / 2;
      } while (isFull && Date.now() < dueAt && !this.stopping.signal.aborted);
    };
    const ended = await Promise.allSettled(Array.from({ length: LANES }, lane));
    const failed = ended.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
    return drained;
  }

  /** All that this consumer read and did not acknowledge; answers when to look again. */
  private async drainPending(shard: number): Promise<number> {
    let leftAlone = 0;
    let afterId = '0';
    while (!this.stopping.signal.aborted) {
      const batch = await this.queue.readOwnPending(shard, afterId, this.limits.claimsMax);
      if (!batch) break;
      leftAlone += (await this.handle(batch)).leftAlone;
      afterId = batch.lastId;
    }
    return Date.now() + (leftAlone > 0 ? PENDING_AGAIN_MS : PENDING_EVERY_MS);
  }

  private async handle(batch: QueueBatch): Promise<BatchDone> {
    const done = await this.work.execute(batch);
    for (const couponId of batch.epochs.keys()) this.onDrained(couponId, batch.shard);
    if (done.leftAlone > 0) this.reportShut(batch);
    return done;
  }

  /** Their gate may be shut for good, and nobody else may ask for it any more. */
  private reportShut({ shard, entries }: QueueBatch): void {
    for (const couponId of new Set(entries.map((entry) => entry.couponId))) {
      this.gate.reportShut({ couponId, shard });
    }
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
