import { type IssuanceWorker, readGauges } from 'coupon-core';
import type { Registry } from 'prom-client';

/** Dead letters that are not decided, counted when somebody looks; without a value while MySQL does not answer. */
export function deadLetterGauge(worker: Pick<IssuanceWorker, 'openDeadLetters'>, registry: Registry): void {
  readGauges(registry, () => worker.openDeadLetters(), [
    {
      name: 'coupon_dead_letters',
      help: 'Claims that failed by themselves: waiting for the next attempt, or for an operator (permanent_failure).',
      labelNames: ['state'],
      values: ({ waiting, permanentFailures }) => [
        [{ state: 'waiting' }, waiting],
        [{ state: 'permanent_failure' }, permanentFailures],
      ],
    },
  ]);
}
