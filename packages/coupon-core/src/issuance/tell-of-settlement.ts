import { Logger } from '@nestjs/common';
import { countBatch } from '../metrics/drain-metrics.js';
import type { Gate } from './gate.js';
import type { QueueEntry } from './issuance-queue.js';
import type { BatchOutcome } from './settle-queue-batch.js';

/** What is said behind the commit of a batch; all of it may be lost. */
export class TellOfSettlement {
  private readonly log = new Logger(TellOfSettlement.name);

  constructor(private readonly gate: Gate) {}

  execute(entries: readonly QueueEntry[], outcome: BatchOutcome, tookMs: number): void {
    countBatch(entries, outcome, tookMs);
    // Those that can be are tried again; whoever has to decide about the others is told of each.
    if (outcome.deadLetters > 0) this.log.warn(`${outcome.deadLetters} claims became dead letters`);
    if (outcome.views.length === 0) return;
    // A hint: the sweeper says the same until the gate has taken it.
    this.gate.update(outcome.views.map((view) => ({ view, issuedByV1: [] }))).catch(() => undefined);
  }
}
