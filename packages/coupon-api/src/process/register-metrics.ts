import { type CoreMetrics, registerMetrics } from 'coupon-core';
import type { Registry } from 'prom-client';
import { requestSeconds } from '../http/route-figures.js';
import { issuanceAnswers } from '../issuance/call-figures.js';

/** Everything that this process tells Prometheus, beside the library's own metrics of Node. */
export function registerApiMetrics(registry: Registry, core: CoreMetrics): void {
  registerMetrics(registry, [requestSeconds, issuanceAnswers]);
  core.register(registry, 0);
}
