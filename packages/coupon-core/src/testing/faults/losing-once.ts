import { type Transaction, UnitOfWork } from '../../adapters/mysql/unit-of-work.js';

/** Loses the answer of the next COMMIT, before the server has it or after it has done it. */
export class LosingOnce extends UnitOfWork {
  lose: 'before' | 'after' | null = null;

  protected override async commit(tx: Transaction): Promise<void> {
    const { lose } = this;
    this.lose = null;
    if (lose === 'before') throw new Error('The connection broke.');
    await super.commit(tx);
    if (lose === 'after') throw new Error('The connection broke.');
  }
}
