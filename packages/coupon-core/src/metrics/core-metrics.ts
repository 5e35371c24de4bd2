import type { Registry } from 'prom-client';
import type { CouponStore } from '../campaign/coupon-store.js';
import type { RelayedEntries } from '../issuance/relayed-entries.js';
import { registerCoreGauges, type ServersInUse } from './core-gauges.js';
import { CONSUMER_METRICS } from './drain-metrics.js';
import { registerMetrics } from './plain-metrics.js';
import { API_METRICS } from './request-metrics.js';
import { type QueueObserver, registerWorkerGauges } from './worker-gauges.js';

/** What the core of a process can be asked by Prometheus; `docs/metrics.md` names all of it. */
export abstract class CoreMetrics {
  /** Once for each registry. `couponsMax`: how many coupons have gauges of their own, where the process has such. */
  abstract register(registry: Registry, couponsMax: number): void;
}

export class ApiMetrics extends CoreMetrics {
  constructor(private readonly servers: ServersInUse) {
    super();
  }

  register(registry: Registry): void {
    registerMetrics(registry, API_METRICS);
    registerCoreGauges(registry, this.servers);
  }
}

export class ConsumerMetrics extends CoreMetrics {
  constructor(
    private readonly servers: ServersInUse,
    private readonly queue: QueueObserver,
    private readonly relayed: Pick<RelayedEntries, 'lag'>,
    private readonly coupons: Pick<CouponStore, 'list'>,
  ) {
    super();
  }

  register(registry: Registry, couponsMax: number): void {
    registerMetrics(registry, CONSUMER_METRICS);
    registerCoreGauges(registry, this.servers);
    registerWorkerGauges(registry, this.queue, this.relayed, this.coupons, couponsMax);
  }
}
