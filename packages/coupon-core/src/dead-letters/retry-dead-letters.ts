import { Rounds } from '../issuance/rounds.js';
import type { DeadLetterStore } from './dead-letter-store.js';
import type { SettleDeadLetters } from './settle-dead-letters.js';

const LOOK_EVERY_MS = 10_000;
const LETTERS_MAX = 100;

/** Tries letters again when they are due. Two of these at once are harmless: the row of a letter is locked. */
export class RetryDeadLetters extends Rounds {
  constructor(
    private readonly store: DeadLetterStore,
    private readonly letters: SettleDeadLetters,
  ) {
    super('trying dead letters again', LOOK_EVERY_MS);
  }

  /** Answers how many were settled. */
  async retryDue(): Promise<number> {
    let settled = 0;
    for (const id of await this.store.findDue(LETTERS_MAX)) {
      if (this.isStopping) break;
      const result = await this.letters.retry(id, null);
      if (result.outcome === 'FAILED_AGAIN' && result.letter.state === 'PERMANENT_FAILURE')
        this.log.error(
          `dead letter ${id} has failed ${result.letter.attempts} times: ${result.letter.cause}`,
        );
      if (result.outcome === 'SETTLED') settled += 1;
    }
    return settled;
  }

  protected override goRound(): Promise<unknown> {
    return this.retryDue();
  }
}
