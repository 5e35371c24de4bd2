import type { MessageBroker } from './broker.js';
import type { Outbox, OutboxRow } from './mysql/outbox.js';

const ROWS_MAX = 200;

/**
 * Sends what stands in the outbox: claims partitions, publishes their rows in order, and marks them only after the
 * broker's acknowledgement. What was sent and not marked is sent again.
 */
export class Relay {
  constructor(
    private readonly outbox: Pick<Outbox, 'claim' | 'pending' | 'markPublished'>,
    private readonly broker: Pick<MessageBroker, 'publish'>,
  ) {}

  /**
   * One round over the partitions that are this relay's.
   * @returns how many rows were published; as many as fit into a round where more are waiting
   * @throws where the database or the broker did not take its part
   */
  async goRound(): Promise<number> {
    let published = 0;
    for (const partition of await this.outbox.claim()) {
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
}
