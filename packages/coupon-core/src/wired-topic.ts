import { issueRequestBroker } from './adapters/kafka/issue-request-topic.js';
import type { CoreConfig } from './config.js';
import type { BatchWork } from './issuance/drain-queue.js';
import { DrainTopic } from './issuance/drain-topic.js';
import type { Gate } from './issuance/gate.js';
import { type IssuanceQueue, RelayedQueue } from './issuance/issuance-queue.js';
import type { IssueStore } from './issuance/issue-store.js';
import { RelayToTopic } from './issuance/relay-to-topic.js';

/** Claims through Kafka, wired: what sends on, and what settles. */
export class WiredTopic {
  private readonly broker;
  private reader: DrainTopic | null = null;

  constructor(
    private readonly config: CoreConfig,
    private readonly store: IssueStore,
    private readonly gate: Gate,
  ) {
    this.broker = issueRequestBroker(config);
  }

  /** The work of whoever reads this queue. */
  relayFrom(queue: IssuanceQueue): BatchWork {
    if (!(queue instanceof RelayedQueue)) throw new Error('This queue is settled where it is.');
    const { config, store, gate } = this;
    const connect = (onEnd: (cause: Error) => void) => issueRequestBroker(config, onEnd);
    // One for all shards: it counts by any of their queues.
    this.reader ??= new DrainTopic(connect, store, gate, queue, config.consumer.claimsMax);
    return new RelayToTopic(store, queue, this.broker);
  }

  start(): void {
    this.reader?.start();
  }

  async stop(): Promise<void> {
    await this.reader?.stop();
    await this.broker.close();
  }
}
