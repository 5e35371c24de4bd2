import type { CoreMetrics, IssuanceWorker } from 'coupon-core';
import type { Registry } from 'prom-client';
import { deadLetterGauge } from '../dead-letter-gauge.js';

/** Everything that this process tells Prometheus, beside the library's own metrics of Node. */
export function registerConsumerMetrics(
  registry: Registry,
  core: CoreMetrics,
  worker: Pick<IssuanceWorker, 'openDeadLetters'>,
  couponsMax: number,
): void {
  core.register(registry, couponsMax);
  deadLetterGauge(worker, registry);
}
