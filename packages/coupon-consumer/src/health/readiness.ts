import type { CoreHealth } from 'coupon-core';

/** Whether this process settles claims, and what it depends on. */
export interface ReadinessReport {
  status: 'up' | 'down';
  database: CoreHealth['database'];
  gate: CoreHealth['gate'];
}

/** Knows whether the process is on its way out; that comes before every other consideration. */
export class Readiness {
  private shuttingDown = false;

  constructor(private readonly health: () => Promise<CoreHealth>) {}

  beginShutdown(): void {
    this.shuttingDown = true;
  }

  /** Up while both are: claims come from the one and go to the other. */
  async report(): Promise<ReadinessReport> {
    const { database, gate } = await this.health().catch(
      (): CoreHealth => ({ database: 'down', gate: 'down' }),
    );
    const works = !this.shuttingDown && database === 'up' && gate === 'up';
    return { status: works ? 'up' : 'down', database, gate };
  }
}
