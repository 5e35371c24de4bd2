import { type Transaction, UnitOfWork } from '../../adapters/mysql/unit-of-work.js';

export const die = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

/** Kills its process at the first COMMIT that it comes to. */
export class DyingUnitOfWork extends UnitOfWork {
  constructor(
    pool: ConstructorParameters<typeof UnitOfWork>[0],
    private readonly point: string,
  ) {
    super(pool);
  }

  protected override async commit(tx: Transaction): Promise<void> {
    if (this.point === 'BEFORE_COMMIT') die();
    await super.commit(tx);
    if (this.point === 'AFTER_COMMIT') die();
  }
}
