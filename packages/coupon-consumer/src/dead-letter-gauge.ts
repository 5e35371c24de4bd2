import type { IssuanceWorker } from 'coupon-core';
import { Gauge, type Registry } from 'prom-client';

/** Dead letters that are not decided, counted when somebody looks; without a value while MySQL does not answer. */
export function deadLetterGauge(
  worker: Pick<IssuanceWorker, 'openDeadLetters'>,
  registry: Registry,
): Gauge<'state'> {
  return new Gauge({
    name: 'coupon_dead_letters',
    help: 'Claims that failed by themselves: waiting for the next attempt, or for an operator (permanent_failure).',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      this.reset();
      const open = await worker.openDeadLetters().catch(() => null);
      if (!open) return;
      this.set({ state: 'waiting' }, open.waiting);
      this.set({ state: 'permanent_failure' }, open.permanentFailures);
    },
  });
}
