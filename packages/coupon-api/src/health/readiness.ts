import type { ApiHealth } from 'coupon-core';
import { z } from 'zod';

const breakerState = z.enum(['CLOSED', 'HALF_OPEN', 'OPEN']);

/** Whether this process wants requests, and what it depends on. */
export const readinessReportSchema = z
  .object({
    /** `draining`: it is on its way out and finishes what it has. */
    status: z.enum(['up', 'down', 'draining']),
    database: z.enum(['up', 'down']),
    gate: z.enum(['up', 'down']),
    /** Not `CLOSED`: the process leaves the server alone, since it did not answer. `broker`: where Kafka is named. */
    breakers: z.object({ database: breakerState, gate: breakerState, broker: breakerState.optional() }),
  })
  .meta({ id: 'Readiness' });

export type ReadinessReport = z.infer<typeof readinessReportSchema>;

const UNKNOWN: ApiHealth = {
  database: 'down',
  gate: 'down',
  breakers: { database: 'CLOSED', gate: 'CLOSED' },
};

/** Knows whether the process is on its way out; that comes before every other consideration. */
export class Readiness {
  private shuttingDown = false;

  constructor(private readonly health: () => Promise<ApiHealth>) {}

  beginShutdown(): void {
    this.shuttingDown = true;
  }

  /**
   * Up while one of the two doors can work: without the gate V1 still issues, and without the database V2 still
   * takes claims of coupons it knows.
   */
  async report(): Promise<ReadinessReport> {
    const { database, gate, breakers } = await this.health().catch(() => UNKNOWN);
    const serves =
      (database === 'up' && breakers.database === 'CLOSED') || (gate === 'up' && breakers.gate === 'CLOSED');
    return { status: this.shuttingDown ? 'draining' : serves ? 'up' : 'down', database, gate, breakers };
  }
}
