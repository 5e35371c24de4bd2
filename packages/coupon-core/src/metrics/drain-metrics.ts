import type { QueueEntry } from '../issuance/issuance-queue.js';
import { Distribution, PlainCounter, PlainGauge, SECONDS } from './plain-metrics.js';
import { PROCESS_METRICS } from './process-metrics.js';

/** Metrics of processes that settle the queue. */

const drainRounds = new PlainCounter({
  name: 'coupon_drain_rounds_total',
  help: 'Rounds of the loop that drains the queue, at least one in two seconds while it works: done, or failed because a server was away.',
  labelNames: ['result'],
});
export const roundsDone = drainRounds.of('done');
export const roundsFailed = drainRounds.of('failed');

const drainClaims = new PlainCounter({
  name: 'coupon_drain_claims_total',
  help: 'Claims of the queue that got a row, issued or rejected, or were kept as a dead letter. Entries that were left_alone for a rebuild count each time they are read.',
  labelNames: ['outcome'],
});
const drained = {
  issued: drainClaims.of('issued'),
  rejected: drainClaims.of('rejected'),
  deadLetter: drainClaims.of('dead_letter'),
  leftAlone: drainClaims.of('left_alone'),
};

const drainBatchClaims = new Distribution(
  { name: 'coupon_drain_batch_claims', help: 'Claims of one transaction of the consumer.' },
  [1, 5, 10, 50, 100, 200, 300, 400, 500, 1_000, 2_500, 5_000],
);
const batchClaims = drainBatchClaims.of();

const drainBatchSeconds = new Distribution(
  {
    name: 'coupon_drain_batch_duration_seconds',
    help: 'From a batch that was read to its acknowledgement.',
  },
  SECONDS,
);
const batchSeconds = drainBatchSeconds.of();

const acceptedToPersisted = new Distribution(
  {
    name: 'coupon_accepted_to_persisted_seconds',
    help: "From a claim's acceptance by the gate, or its sending where there is none, to the commit of its row, one value a claim. Two clocks: see coupon_clock_skew_seconds.",
  },
  [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300],
);
export const persisted = acceptedToPersisted.of();

interface Outcome {
  issued: number;
  rejected: number;
  deadLetters: number;
  leftAlone: number;
}

export function countBatch(entries: readonly QueueEntry[], outcome: Outcome, tookMs: number): void {
  batchClaims.observe(entries.reduce((sum, { claims }) => sum + claims.length, 0));
  batchSeconds.observe(tookMs / 1_000);
  drained.issued.add(outcome.issued);
  drained.rejected.add(outcome.rejected);
  drained.deadLetter.add(outcome.deadLetters);
  drained.leftAlone.add(outcome.leftAlone);
}

/** To be called behind the commit. All claims of an entry were accepted by one call. */
export function countPersisted(entries: readonly QueueEntry[]): void {
  const now = Date.now();
  for (const { claims } of entries) {
    if (claims.length > 0) persisted.observe(Math.max(0, now - claims[0]!.acceptedAt) / 1_000, claims.length);
  }
}

const gateRebuilds = new PlainCounter({
  name: 'coupon_gate_rebuilds_total',
  help: 'Rebuilds of gates that were found shut: rebuilt, or given up for a later try (not_rebuilt).',
  labelNames: ['outcome'],
});
export const rebuilds = {
  rebuilt: gateRebuilds.of('rebuilt'),
  notRebuilt: gateRebuilds.of('not_rebuilt'),
};

const outboxWaiting = new PlainGauge({
  name: 'coupon_outbox_rows',
  help: 'Events in the outbox that are not published yet, looked at every ten seconds. Every consumer sees the same ones.',
});
export const outboxRows = outboxWaiting.of();

const outboxOldest = new PlainGauge({
  name: 'coupon_outbox_oldest_age_seconds',
  help: 'How long the oldest of them has waited, by the clock of who wrote it; 0 where there is none.',
});
export const outboxAge = outboxOldest.of();

const outboxPublished = new PlainCounter({
  name: 'coupon_outbox_published_total',
  help: 'Events that the broker has acknowledged. One that was sent and not marked is sent again, and counts twice.',
});
export const eventsPublished = outboxPublished.of();

const outboxFailures = new PlainCounter({
  name: 'coupon_outbox_failures_total',
  help: 'Rounds of the relay that ended before all was sent: the broker or MySQL was away, or refused. It goes round four times a second.',
});
export const publishingFailed = outboxFailures.of();

export const CONSUMER_METRICS = [
  ...PROCESS_METRICS,
  drainRounds,
  drainClaims,
  drainBatchClaims,
  drainBatchSeconds,
  acceptedToPersisted,
  gateRebuilds,
  outboxWaiting,
  outboxOldest,
  outboxPublished,
  outboxFailures,
];
