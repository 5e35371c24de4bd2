import type { Outbox } from 'messaging';
import { Rounds } from '../issuance/rounds.js';
import { outboxAge, outboxRows } from '../metrics/drain-metrics.js';

/** Counting takes longer the more there is, so it is done now and then and not whenever somebody looks. */
const LOOK_EVERY_MS = 10_000;

/** Measures what waits in the outbox, whether or not the relay gets on. */
export class WatchOutbox extends Rounds {
  constructor(private readonly outbox: Pick<Outbox, 'backlog'>) {
    super('looking at the outbox', LOOK_EVERY_MS);
  }

  /** Until it ends the last values stand: a gap with each look would end an alert that waits. */
  async look(): Promise<void> {
    try {
      const { rows, oldestAt } = await this.outbox.backlog();
      outboxRows.value = rows;
      outboxAge.value = oldestAt === null ? 0 : Math.max(0, Date.now() - oldestAt) / 1_000;
    } catch (cause) {
      // Nobody knows now, and an old value would look like the present.
      outboxRows.value = null;
      outboxAge.value = null;
      throw cause;
    }
  }

  protected override goRound(): Promise<void> {
    return this.look();
  }
}
