import { Connections } from './adapters/connections.js';
import type { GuardedBroker } from './adapters/guarded-broker.js';
import type { Redis } from './adapters/redis/connection.js';
import { BLOCKING, connectRedis, createRedis } from './adapters/redis/connection.js';
import { Keys } from './adapters/redis/keys.js';
import { redisQueue } from './adapters/redis/redis-queue.js';
import { CouponStore } from './campaign/coupon-store.js';
import type { CoreConfig } from './config.js';
import type { CouponId } from './coupon/ids.js';
import { IssuanceWorker, type WorkerHealth } from './coupon-core.js';
import { DeadLetterStore } from './dead-letters/dead-letter-store.js';
import { DrainQueue } from './issuance/drain-queue.js';
import { Gate } from './issuance/gate.js';
import { GrowGates } from './issuance/grow-gates.js';
import { IssueStore } from './issuance/issue-store.js';
import { PersistBatch } from './issuance/persist-batch.js';
import { RebuildGate } from './issuance/rebuild-gate.js';
import { RestoreGates } from './issuance/restore-gates.js';
import type { Rounds } from './issuance/rounds.js';
import { SweepGate } from './issuance/sweep-gate.js';
import type { QueueObserver } from './metrics/worker-gauges.js';
import { WiredTopic } from './wired-topic.js';

/** The consumer's loops, wired. */
export class WiredWorker extends IssuanceWorker {
  /** For each shard a connection, since a blocking read keeps it to itself, and a loop. */
  private readonly shards: { waiting: Redis; drain: DrainQueue }[];
  /** Where there is Kafka: requests without a gate come from it, whatever queue the others stand in. */
  private readonly topic: WiredTopic | null;
  /** What is done again and again beside the queue. */
  private readonly rounds: readonly Rounds[];

  constructor(
    config: CoreConfig,
    private readonly connections: Connections,
    store: IssueStore,
    gate: Gate,
    coupons: CouponStore,
    rebuild: RebuildGate,
    rounds: readonly Rounds[],
    private readonly deadLetters: DeadLetterStore,
    private readonly queue: QueueObserver,
    private readonly eventBroker: Pick<GuardedBroker, 'state'>,
    keys: Keys,
  ) {
    super();
    const growth = new GrowGates(gate);
    const notice = (couponId: CouponId, shard: number) => growth.notice(couponId, shard);
    this.rounds = [
      growth,
      new SweepGate(coupons, gate, undefined, notice),
      new RestoreGates(coupons, gate, rebuild, config.gate.shards),
      ...rounds,
    ];
    const { kafkaBrokers } = config.events;
    this.topic = kafkaBrokers && new WiredTopic(kafkaBrokers, config, store, gate);
    this.shards = Array.from({ length: config.gate.shards }, (_, shard) => {
      const waiting = createRedis(config.redis.url, `queue-wait-${shard}`, BLOCKING);
      const { consumer, queue: queueConfig } = config;
      const queue = redisQueue(connections.gate, waiting, keys, consumer.name, queueConfig.pace);
      const work =
        queueConfig.driver === 'kafka' ? this.topic!.relayFrom(queue) : new PersistBatch(store, queue, gate);
      return { waiting, drain: new DrainQueue(queue, work, gate, consumer, shard, notice) };
    });
  }

  async start(): Promise<void> {
    this.topic?.start();
    for (const round of this.rounds) round.start();
    await Promise.all(
      this.shards.map(async ({ waiting, drain }) => {
        await connectRedis(waiting);
        drain.start();
      }),
    );
  }

  async stop(): Promise<void> {
    const loops = [...this.shards.map(({ drain }) => drain), ...this.rounds];
    await Promise.all(loops.map((loop) => loop.stop()));
    await this.topic?.stop();
    for (const { waiting } of this.shards) waiting.disconnect();
    await this.connections.close();
  }

  async health(): Promise<WorkerHealth> {
    const breakers = { broker: this.eventBroker.state };
    const health = { ...(await this.connections.health()), breakers };
    if (health.gate === 'down') return { ...health, lagMs: null };
    const lagMs = await this.queue.backlogs().then(
      (backlogs) => Math.round(Math.max(...backlogs.map(({ oldestAgeMs }) => oldestAgeMs))),
      () => null,
    );
    return { ...health, lagMs };
  }

  override openDeadLetters = () => this.deadLetters.countOpen();
}
