import { Rounds } from '../issuance/rounds.js';
import type { DeadLetterStore } from './dead-letter-store.js';

const PURGE_EVERY_MS = 60_000;
const LETTERS_PER_ROUND = 1_000;

/** Removes letters that were decided long enough ago; what operators did with them stays in the audit log. */
export class PurgeDeadLetters extends Rounds {
  private purged = 0;

  constructor(
    private readonly store: Pick<DeadLetterStore, 'purge'>,
    private readonly keptSeconds: number,
  ) {
    super('purging dead letters', PURGE_EVERY_MS);
  }

  protected override async goRound(): Promise<void> {
    this.purged = await this.store.purge(this.keptSeconds, LETTERS_PER_ROUND);
  }

  /** There may be more where a round was full. */
  protected override pauseMs(failures: number): number {
    return failures === 0 && this.purged >= LETTERS_PER_ROUND ? 0 : PURGE_EVERY_MS;
  }
}
