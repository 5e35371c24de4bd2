import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { OutageLog } from '../issuance/outage-log.js';
import type { DeadLetterStore } from './dead-letter-store.js';
import type { SettleDeadLetters } from './settle-dead-letters.js';

const LOOK_EVERY_MS = 10_000;
const LETTERS_MAX = 100;

/** Tries letters again when they are due. Two of these at once are harmless: the row of a letter is locked. */
export class RetryDeadLetters {
  private readonly log = new Logger(RetryDeadLetters.name);
  private readonly outage = new OutageLog(this.log, 'trying dead letters again');
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: DeadLetterStore,
    private readonly letters: SettleDeadLetters,
  ) {}

  start(): void {
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  /** Answers how many were settled. */
  async retryDue(): Promise<number> {
    let settled = 0;
    for (const id of await this.store.findDue(LETTERS_MAX)) {
      if (this.stopping.signal.aborted) break;
      const result = await this.letters.retry(id, null);
      if (result.outcome === 'FAILED_AGAIN' && result.letter.state === 'PERMANENT_FAILURE')
        this.log.error(
          `dead letter ${id} has failed ${result.letter.attempts} times: ${result.letter.cause}`,
        );
      if (result.outcome === 'SETTLED') settled += 1;
    }
    return settled;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.retryDue();
        this.outage.succeeded();
      } catch (cause) {
        this.outage.failed(cause);
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }
}
