import type { Registry } from 'prom-client';
import type { CouponStore } from '../campaign/coupon-store.js';
import { type Coupon, live, settledTickets } from '../coupon/coupon.js';
import type { RelayedEntries, TopicLag } from '../issuance/relayed-entries.js';
import { type GaugeOf, readGauges } from './read-gauges.js';

/** What waits in the queue of one shard. */
export interface Backlog {
  shard: number;
  /** Entries that no consumer has read yet, and those that were read and are not acknowledged. */
  unread: number;
  pending: number;
  /** Claims in all of them. */
  claims: number;
  /** By the gate's clock; 0: the queue is empty. */
  oldestAgeMs: number;
}

/** Reads Redis beside the work; what is read is a moment old, and nothing depends on it. */
export interface QueueObserver {
  backlogs(): Promise<Backlog[]>;
  /** Tickets that count against the capacity of each coupon's gate, in their order; null: it has none. */
  admitted(coupons: readonly Coupon[]): Promise<(number | null)[]>;
}

/** A coupon with the claims that are promised and not in the rows yet. */
interface Watched {
  coupon: Coupon;
  inLine: number;
}

const unitsLeft = ({ coupon }: Watched): number | null =>
  coupon.totalQuantity === null ? null : coupon.totalQuantity - live(coupon);

/**
 * Gauges of processes that settle the queue. `couponsMax`: how many coupons have gauges of their own, the newest that
 * were published; more of them cost Prometheus memory for every coupon there ever was.
 */
export function registerWorkerGauges(
  registry: Registry,
  queue: QueueObserver,
  relayed: Pick<RelayedEntries, 'lag'>,
  store: Pick<CouponStore, 'list'>,
  couponsMax: number,
): void {
  readGauges(registry, () => queue.backlogs(), BACKLOG_GAUGES);
  readGauges(registry, () => relayed.lag(), TOPIC_GAUGES);
  readGauges(registry, () => watch(queue, store, couponsMax), COUPON_GAUGES);
}

async function watch(
  queue: QueueObserver,
  store: Pick<CouponStore, 'list'>,
  couponsMax: number,
): Promise<Watched[]> {
  if (couponsMax === 0) return [];
  const coupons = await store.list({
    states: ['OPEN', 'PAUSED', 'CLOSED'],
    limit: couponsMax,
    beforeId: null,
  });
  const admitted = await queue.admitted(coupons);
  return coupons.map((coupon, i) => ({
    coupon,
    inLine: admitted[i] == null ? 0 : Math.max(0, admitted[i] - settledTickets(coupon)),
  }));
}

const BACKLOG_GAUGES: GaugeOf<Backlog[]>[] = [
  {
    name: 'coupon_queue_entries',
    help: 'Entries of the queue: unread, or pending, that is read by a consumer and not acknowledged. An entry of a stream holds up to 200 claims, one of a waiting line one.',
    labelNames: ['shard', 'state'],
    values: (backlogs) =>
      backlogs.flatMap(({ shard, unread, pending }) => [
        [{ shard: String(shard), state: 'unread' }, unread] as const,
        [{ shard: String(shard), state: 'pending' }, pending] as const,
      ]),
  },
  {
    name: 'coupon_queue_claims',
    help: 'Claims in the queue: accepted, and not in the rows yet.',
    labelNames: ['shard'],
    values: (backlogs) => backlogs.map(({ shard, claims }) => [{ shard: String(shard) }, claims] as const),
  },
  {
    name: 'coupon_queue_oldest_age_seconds',
    help: "How long the oldest entry of the queue has waited, by the gate's clock; 0 where it is empty. The largest is lagMs of GET /health/ready. What has gone on to Kafka is in coupon_topic_lag_messages.",
    labelNames: ['shard'],
    values: (backlogs) =>
      backlogs.map(({ shard, oldestAgeMs }) => [{ shard: String(shard) }, oldestAgeMs / 1_000] as const),
  },
];

const TOPIC_GAUGES: GaugeOf<TopicLag[]>[] = [
  {
    name: 'coupon_topic_lag_messages',
    help: 'Where KAFKA_BROKERS is set: messages of coupon-issue-requests that the group has not acknowledged. One holds up to 200 claims, without a gate up to 1,000.',
    labelNames: ['group', 'partition'],
    values: (lags) =>
      lags.map(
        ({ group, partition, messages }) => [{ group, partition: String(partition) }, messages] as const,
      ),
  },
];

const COUPON_GAUGES: GaugeOf<Watched[]>[] = [
  {
    name: 'coupon_units',
    help: 'Of the newest published coupons (METRICS_COUPONS): total; issued, in the hands of people; in_line, promised and not in the rows yet; left, by the rows. An unlimited coupon has neither total nor left.',
    labelNames: ['coupon', 'kind'],
    values: (watched) =>
      watched.flatMap((one) => {
        const { coupon, inLine } = one;
        const kinds: [string, number | null][] = [
          ['total', coupon.totalQuantity],
          ['issued', live(coupon)],
          ['in_line', inLine],
          ['left', unitsLeft(one)],
        ];
        return kinds.flatMap(([kind, value]) =>
          value === null ? [] : [[{ coupon: String(coupon.id), kind }, value] as const],
        );
      }),
  },
  {
    name: 'coupon_issuance_accuracy_ratio',
    help: 'Issued ÷ min(total, demand) of the same coupons: 1 when everybody who was to get one has it. Demand is what is issued or promised: whoever asks is, until nothing is left. Without a value where nobody has asked.',
    labelNames: ['coupon'],
    values: (watched) =>
      watched.flatMap(({ coupon, inLine }) => {
        const issued = live(coupon);
        const due = Math.min(coupon.totalQuantity ?? Number.POSITIVE_INFINITY, issued + inLine);
        return due === 0 ? [] : [[{ coupon: String(coupon.id) }, issued / due] as const];
      }),
  },
  {
    name: 'coupon_over_issued_units',
    help: 'Units of the same coupons that people hold beyond the total, all together. The invariant: 0 at any moment.',
    values: (watched) => [[{}, watched.reduce((sum, one) => sum + Math.max(0, -(unitsLeft(one) ?? 0)), 0)]],
  },
];
