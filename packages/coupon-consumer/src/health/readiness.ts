import type { WorkerHealth } from 'coupon-core';

/** Whether this process settles claims, and what it depends on. */
export interface ReadinessReport {
  /** `draining`: it is on its way out and finishes the batch under way. */
  status: 'up' | 'down' | 'draining';
  database: WorkerHealth['database'];
  gate: WorkerHealth['gate'];
  /**
   * Age of the oldest claim in the gate's queue; it says how far behind all consumers are, and makes none of them less
   * ready. Of what waits in Kafka the metric `coupon_topic_lag_messages` tells.
   */
  lagMs: number | null;
  /** Not `CLOSED`: events wait, since the broker did not answer; claims are settled all the same. */
  breakers: WorkerHealth['breakers'];
}

const UNKNOWN: WorkerHealth = {
  database: 'down',
  gate: 'down',
  lagMs: null,
  breakers: { broker: 'CLOSED' },
};

/** Knows whether the process is on its way out; that comes before every other consideration. */
export class Readiness {
  private shuttingDown = false;

  constructor(private readonly health: () => Promise<WorkerHealth>) {}

  beginShutdown(): void {
    this.shuttingDown = true;
  }

  /** Up while both are: claims come from the one and go to the other. */
  async report(): Promise<ReadinessReport> {
    const { database, gate, lagMs, breakers } = await this.health().catch(() => UNKNOWN);
    const works = database === 'up' && gate === 'up';
    return {
      status: this.shuttingDown ? 'draining' : works ? 'up' : 'down',
      database,
      gate,
      lagMs,
      breakers,
    };
  }
}
