import { issueRequestBroker } from './adapters/kafka/issue-request-topic.js';
import type { CoreConfig } from './config.js';
import type { BatchWork } from './issuance/drain-queue.js';
import { DrainTopic } from './issuance/drain-topic.js';
import type { Gate } from './issuance/gate.js';
import { type IssuanceQueue, RelayedQueue } from './issuance/issuance-queue.js';
import type { IssueStore } from './issuance/issue-store.js';
import { RelayToTopic } from './issuance/relay-to-topic.js';

/** What goes through Kafka, wired: who settles it, and who sends on what a gate has admitted. */
export class WiredTopic {
  private readonly relaying;
  private reader: DrainTopic | null = null;
  private counting: RelayedQueue | null = null;

  constructor(
    private readonly brokers: readonly string[],
    private readonly config: CoreConfig,
    private readonly store: IssueStore,
    private readonly gate: Gate,
  ) {
    this.relaying = issueRequestBroker(brokers);
  }

  /** The work of whoever reads this queue. */
  relayFrom(queue: IssuanceQueue): BatchWork {
    if (!(queue instanceof RelayedQueue)) throw new Error('This queue is settled where it is.');
    // One for all shards: it counts by any of their queues.
    this.counting ??= queue;
    return new RelayToTopic(this.store, queue, this.relaying);
  }

  start(): void {
    const connect = (onEnd: (cause: Error) => void) => issueRequestBroker(this.brokers, onEnd);
    const { claimsMax } = this.config.consumer;
    this.reader = new DrainTopic(connect, this.store, this.gate, this.counting, claimsMax);
    this.reader.start();
  }

  async stop(): Promise<void> {
    await this.reader?.stop();
    await this.relaying.close();
  }
}
