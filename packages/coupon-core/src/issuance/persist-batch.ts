import type { BatchDone, BatchWork } from './drain-queue.js';
import type { Gate } from './gate.js';
import type { IssuanceQueue, QueueBatch } from './issuance-queue.js';
import type { IssueStore } from './issue-store.js';
import { SettleQueueBatch } from './settle-queue-batch.js';
import { TellOfSettlement } from './tell-of-settlement.js';

/** The work of a consumer that settles what it reads. */
export class PersistBatch implements BatchWork {
  private readonly settle: SettleQueueBatch;
  private readonly tell: TellOfSettlement;

  constructor(store: IssueStore, queue: IssuanceQueue, gate: Gate) {
    this.settle = new SettleQueueBatch(store, queue);
    this.tell = new TellOfSettlement(gate);
  }

  async execute(batch: QueueBatch): Promise<BatchDone> {
    const begunAt = performance.now();
    const outcome = await this.settle.execute(batch);
    this.tell.execute(batch.entries, outcome, performance.now() - begunAt);
    return { claims: outcome.issued + outcome.rejected, leftAlone: outcome.leftAlone };
  }
}
