import { GateUnreachable } from '../issuance/gate.js';
import { StoreUnavailable } from '../issuance/issue-store.js';
import {
  type BreakerLimits,
  type BreakerState,
  CircuitBreaker,
  type Guard,
  UNGUARDED,
} from './circuit-breaker.js';
import type { Connections } from './connections.js';
import { isDatabaseFault, poolOf } from './mysql/database.js';
import { UnitOfWork } from './mysql/unit-of-work.js';
import { isUnanswered } from './redis/reaching.js';

/** What stands in front of the two servers that decide. */
export abstract class Guards {
  abstract readonly gate: Guard;
  abstract readonly database: Guard;
}

/** For the consumer, which tries again for as long as it has to, with a pause that grows. */
export const NO_GUARDS: Guards = { gate: UNGUARDED, database: UNGUARDED };

/** For processes that people wait for. The two know nothing of each other: one door works without the other's server. */
export class Breakers extends Guards {
  readonly gate: CircuitBreaker;
  readonly database: CircuitBreaker;

  constructor({ gate, dataSource }: Pick<Connections, 'gate' | 'dataSource'>, limits: BreakerLimits) {
    super();
    const unguarded = new UnitOfWork(poolOf(dataSource));
    this.gate = new CircuitBreaker(
      {
        target: 'gate',
        isFault: isUnanswered,
        probe: () => gate.ping(),
        refusal: (retryAfterMs) =>
          new GateUnreachable('The gate is left alone for a while.', { retryAfterMs }),
      },
      limits,
    );
    this.database = new CircuitBreaker(
      {
        target: 'database',
        isFault: isDatabaseFault,
        probe: () => unguarded.reading(() => dataSource.query('SELECT 1')),
        refusal: (retryAfterMs) =>
          new StoreUnavailable('The database is left alone for a while.', { retryAfterMs }),
      },
      limits,
    );
    // A connection made anew says more than the time that has passed; MySQL's pool makes one only when it is asked.
    gate.on('ready', () => void this.gate.probe());
  }

  get states(): { gate: BreakerState; database: BreakerState } {
    return { gate: this.gate.state, database: this.database.state };
  }
}
