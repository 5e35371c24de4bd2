import type { MessageBroker } from './broker.js';
import type { Outbox, OutboxRow } from './mysql/outbox.js';

const ROWS_MAX = 200;
/** Well below the lease: a relay that cannot claim must notice before another one takes over. */
const CLAIM_EVERY_MS = 2_000;

/**
 * Sends what stands in the outbox: claims partitions, publishes their rows in order, and marks them only after the
 * broker's acknowledgement. What was sent and not marked is sent again.
 */
export class Relay {
  private held: number[] = [];
  private claimDueAt = 0;

  constructor(
    private readonly outbox: Pick<Outbox, 'claim' | 'hasPending' | 'pending' | 'markPublished'>,
    private readonly broker: Pick<MessageBroker, 'publish'>,
    private readonly claimEveryMs = CLAIM_EVERY_MS,
  ) {}

  /**
   * One round over the partitions that are this relay's.
   * @returns how many rows were published
   * @throws where the database or the broker did not take its part
   */
  async goRound(): Promise<number> {
    await this.claim();
    if (!(await this.outbox.hasPending())) return 0;
    let published = 0;
    for (const partition of this.held) {
      const rows = await this.outbox.pending(partition, ROWS_MAX);
      if (rows.length === 0) continue;
      for (const [topic, ofTopic] of Map.groupBy(rows, (row: OutboxRow) => row.topic)) {
        await this.broker.publish(
          topic,
          ofTopic.map(({ key, message }) => ({ key, value: message })),
        );
      }
      await this.outbox.markPublished(rows);
      published += rows.length;
    }
    return published;
  }

  private async claim(): Promise<void> {
    const now = performance.now();
    if (now < this.claimDueAt) return;
    const before = this.held.length;
    this.held = await this.outbox.claim();
    // While there are free ones they are taken one a round, so that relays that begin together share them.
    this.claimDueAt = this.held.length > before ? 0 : now + this.claimEveryMs;
  }
}
