import type { CoreHealth } from 'coupon-core';
import { z } from 'zod';

/** Whether this process wants requests, and what it depends on. */
export const readinessReportSchema = z
  .object({
    /** `draining`: it is on its way out and finishes what it has. */
    status: z.enum(['up', 'down', 'draining']),
    database: z.enum(['up', 'down']),
    gate: z.enum(['up', 'down']),
  })
  .meta({ id: 'Readiness' });

export type ReadinessReport = z.infer<typeof readinessReportSchema>;

/** Knows whether the process is on its way out; that comes before every other consideration. */
export class Readiness {
  private shuttingDown = false;

  constructor(private readonly health: () => Promise<CoreHealth>) {}

  beginShutdown(): void {
    this.shuttingDown = true;
  }

  /**
   * Up while one of the two doors can work: without the gate V1 still issues, and without the database V2 still
   * takes claims of coupons it knows.
   */
  async report(): Promise<ReadinessReport> {
    const { database, gate } = await this.health().catch(
      (): CoreHealth => ({ database: 'down', gate: 'down' }),
    );
    const serves = database === 'up' || gate === 'up';
    return { status: this.shuttingDown ? 'draining' : serves ? 'up' : 'down', database, gate };
  }
}
