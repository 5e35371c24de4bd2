import type { ClaimReply } from '../issuance/gate.js';
import { type Count, Distribution, PlainCounter, SECONDS } from './plain-metrics.js';
import { PROCESS_METRICS } from './process-metrics.js';

/** Metrics of processes that answer people. */

const gateClaims = new PlainCounter({
  name: 'coupon_gate_claims_total',
  help: 'What the gate answered to requests of V2: admitted, repeated (a claim held already), a refusal, or why it said nothing. Refusals from memory do not reach it.',
  labelNames: ['outcome'],
});
const ADMITTED = gateClaims.of('admitted');
const REPEATED = gateClaims.of('repeated');
const refusals = new Map<string, Count>();
for (const code of ['SOLD_OUT', 'NOT_INITIALISED', 'UNREACHABLE', 'LEFT_ALONE', 'QUEUE_FULL'])
  refusalCount(code);

export function countClaim(reply: ClaimReply): void {
  if (reply.outcome === 'HELD') (reply.held.admittedNow ? ADMITTED : REPEATED).add();
  else refusalCount(reply.outcome === 'UNAVAILABLE' ? reply.reason : reply.code).add();
}

function refusalCount(code: string): Count {
  let count = refusals.get(code);
  if (!count) {
    count = gateClaims.of(code.toLowerCase());
    refusals.set(code, count);
  }
  return count;
}

const refusedFromMemory = new PlainCounter({
  name: 'coupon_lease_refusals_total',
  help: 'Requests of V2 that were told "sold out" from memory, under a lease of the gate.',
});
export const leaseRefusals = refusedFromMemory.of();

const lockWaitSeconds = new Distribution(
  {
    name: 'coupon_lock_wait_seconds',
    help: 'How long a batch waited for the lock in front of V1: until it was held, or until it was given up (no_turn).',
    labelNames: ['outcome'],
  },
  SECONDS,
);
export const lockHeld = lockWaitSeconds.of('held');
export const lockNotHad = lockWaitSeconds.of('no_turn');

const lockLeasesLost = new PlainCounter({
  name: 'coupon_lock_leases_lost_total',
  help: 'Extensions of the lock that failed while its holder worked: another may have come in, which the row copes with.',
});
export const leasesLost = lockLeasesLost.of();

const lockHandOvers = new PlainCounter({
  name: 'coupon_lock_hand_overs_total',
  help: 'Requests of V1 that got no turn at the lock and went on in the queue of V2.',
});
export const handOvers = lockHandOvers.of();

const cacheReads = new PlainCounter({
  name: 'coupon_cache_reads_total',
  help: 'Reads of coupon views by level (L1 memory, L2 Redis): hit, miss, or joined, where the coupon was being read already.',
  labelNames: ['level', 'result'],
});
const cacheLoads = new PlainCounter({
  name: 'coupon_cache_loads_total',
  help: 'Coupon views that were read from their rows.',
});

export const cacheFigures = {
  localHit: cacheReads.of('L1', 'hit'),
  localMiss: cacheReads.of('L1', 'miss'),
  joined: cacheReads.of('L1', 'joined'),
  sharedHit: cacheReads.of('L2', 'hit'),
  sharedMiss: cacheReads.of('L2', 'miss'),
  rowsRead: cacheLoads.of(),
};

export const API_METRICS = [
  ...PROCESS_METRICS,
  gateClaims,
  refusedFromMemory,
  lockWaitSeconds,
  lockLeasesLost,
  lockHandOvers,
  cacheReads,
  cacheLoads,
];
