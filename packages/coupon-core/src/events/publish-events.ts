import { type MessageBroker, type Outbox, Relay } from 'messaging';
import { Rounds } from '../issuance/rounds.js';
import { eventsPublished, publishingFailed } from '../metrics/drain-metrics.js';
import { tracePublishing } from './trace-publishing.js';

const LOOK_EVERY_MS = 250;
const PURGE_EVERY_MS = 60_000;
const ROWS_PER_PURGE = 1_000;

/** Sends what the transactions have written into the outbox, and removes what was sent long enough ago. */
export class PublishEvents extends Rounds {
  private readonly relay: Relay;
  private published = 0;
  private purgeDueAt = 0;

  constructor(
    private readonly outbox: Outbox,
    private readonly broker: MessageBroker,
    private readonly keptSeconds: number,
  ) {
    super('publishing events', LOOK_EVERY_MS);
    this.relay = new Relay(outbox, {
      publish: async (topic, messages) => {
        await tracePublishing(topic, messages, () => this.broker.publish(topic, messages));
        eventsPublished.add(messages.length);
      },
    });
  }

  override async stop(): Promise<void> {
    await super.stop();
    // Another consumer may go on at once; where this does not succeed, it waits for the end of the lease.
    await this.outbox.release().catch(() => undefined);
    await this.broker.close();
  }

  protected override async goRound(): Promise<void> {
    this.published = 0;
    this.published = await this.relay.goRound().catch((cause) => {
      publishingFailed.add();
      throw cause;
    });
    if (performance.now() < this.purgeDueAt) return;
    const purged = await this.outbox.purge(this.keptSeconds, ROWS_PER_PURGE);
    if (purged < ROWS_PER_PURGE) this.purgeDueAt = performance.now() + PURGE_EVERY_MS;
  }

  /** There may be more where there was something. */
  protected override pauseMs(failures: number): number {
    return failures === 0 && this.published > 0 ? 0 : LOOK_EVERY_MS;
  }
}
