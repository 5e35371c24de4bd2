import { Distribution, PlainCounter, PlainGauge, SECONDS, type Tally } from './plain-metrics.js';

/** Metrics of every process. */

export const gateCallSeconds = new Distribution(
  {
    name: 'coupon_gate_call_duration_seconds',
    help: 'From sending a script to Redis until its reply is there, failed calls included.',
    labelNames: ['script'],
  },
  SECONDS,
);

export const gateCallFailures = new PlainCounter({
  name: 'coupon_gate_call_failures_total',
  help: 'Scripts that Redis did not answer in time, or refused.',
  labelNames: ['script'],
});

export const transactionSeconds = new Distribution(
  {
    name: 'coupon_database_transaction_duration_seconds',
    help: 'Transactions from asking for a connection to COMMIT or ROLLBACK: done; restarted after a deadlock or a lock that was not had; ended by a duplicate key, which has the rows looked up first; failed.',
    labelNames: ['outcome'],
  },
  SECONDS,
);
for (const outcome of ['done', 'restarted', 'duplicate_key', 'failed']) transactionSeconds.of(outcome);

const databaseReads = new Distribution(
  {
    name: 'coupon_database_read_duration_seconds',
    help: 'Reads of rows beside all transactions, from asking for a connection to the rows, failed ones included.',
  },
  SECONDS,
);
export const readSeconds = databaseReads.of();

const batchMembers = new Distribution(
  {
    name: 'coupon_batch_members',
    help: 'Requests that shared one call: of V1 (issue), of the gate (claim, look_up), of reads of rows (rows, coupons), of cancellations (take_back), of calls behind the lock (in_turn), of requests that go to Kafka without a gate (direct), of those who may have sent one before and would be refused (decision).',
    labelNames: ['batch'],
  },
  [1, 2, 5, 10, 20, 50, 100, 150, 200],
);

const batchWaitSeconds = new Distribution(
  {
    name: 'coupon_batch_wait_seconds',
    help: 'How long the first member of a batch waited until its call began.',
    labelNames: ['batch'],
  },
  SECONDS,
);

/** Of one kind of batch. */
export class BatchFigures {
  private readonly members: Tally;
  private readonly waits: Tally;

  constructor(
    name:
      | 'issue'
      | 'claim'
      | 'look_up'
      | 'rows'
      | 'coupons'
      | 'take_back'
      | 'in_turn'
      | 'direct'
      | 'decision',
  ) {
    this.members = batchMembers.of(name);
    this.waits = batchWaitSeconds.of(name);
  }

  began(members: number, waitedMs: number): void {
    this.members.observe(members);
    this.waits.observe(waitedMs / 1_000);
  }
}

const reconciliationFindings = new PlainCounter({
  name: 'coupon_reconciliation_findings_total',
  help: 'What comparing gates with their rows found: claims that were driven again, tickets that a gate has forgotten (gate_behind_rows), tickets that nobody holds (unheld). 0 where all is well.',
  labelNames: ['finding'],
});
export const findings = {
  drivenAgain: reconciliationFindings.of('driven_again'),
  gateBehindRows: reconciliationFindings.of('gate_behind_rows'),
  unheld: reconciliationFindings.of('unheld'),
};

export const breakerStates = new PlainGauge({
  name: 'coupon_breaker_state',
  help: 'Whether a server is left alone because it did not answer: gate (Redis), database (MySQL), broker (of events, or of requests without a gate). 0 is closed, as usual; 1 half-open, being probed; 2 open.',
  labelNames: ['target'],
});

export const breakerTransitions = new PlainCounter({
  name: 'coupon_breaker_transitions_total',
  help: 'How often a breaker became open, half_open or closed again.',
  labelNames: ['target', 'state'],
});

export const PROCESS_METRICS = [
  gateCallSeconds,
  gateCallFailures,
  transactionSeconds,
  databaseReads,
  batchMembers,
  batchWaitSeconds,
  reconciliationFindings,
  breakerStates,
  breakerTransitions,
];
