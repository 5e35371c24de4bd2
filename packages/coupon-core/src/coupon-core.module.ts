import { randomUUID } from 'node:crypto';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { EventEmitter2, EventEmitterModule } from '@nestjs/event-emitter';
import { Outbox } from 'messaging';
import { Breakers, Guards, NO_GUARDS } from './adapters/breakers.js';
import { Connections } from './adapters/connections.js';
import { eventBroker } from './adapters/event-broker.js';
import { GuardedBroker } from './adapters/guarded-broker.js';
import { relayedEntries } from './adapters/kafka/issue-request-topic.js';
import { MysqlAuditLog } from './adapters/mysql/audit-log.mysql.js';
import { COUPON_SHAPE } from './adapters/mysql/coupon.row.js';
import { MysqlCouponStore } from './adapters/mysql/coupon-store.mysql.js';
import { poolOf } from './adapters/mysql/database.js';
import { MysqlDeadLetterStore } from './adapters/mysql/dead-letter-store.mysql.js';
import { MysqlIssueReader } from './adapters/mysql/issue-reader.mysql.js';
import { MysqlIssueStore } from './adapters/mysql/issue-store.mysql.js';
import { UnitOfWork } from './adapters/mysql/unit-of-work.js';
import { RedisCouponLock } from './adapters/redis/coupon-lock.redis.js';
import { RedisCouponMessages } from './adapters/redis/coupon-messages.redis.js';
import { RedisGate } from './adapters/redis/gate.redis.js';
import { Keys, queueLayoutOf } from './adapters/redis/keys.js';
import { RedisQueueObserver } from './adapters/redis/queue-observer.redis.js';
import { RedisSharedLevel } from './adapters/redis/shared-level.redis.js';
import { Admissions, admissionsOf } from './campaign/admissions.js';
import { AuditLog } from './campaign/audit-log.js';
import { ChangeQuantityHandler } from './campaign/change-quantity.js';
import { CouponStore } from './campaign/coupon-store.js';
import { CreateCouponHandler } from './campaign/create-coupon.js';
import { EditCouponHandler } from './campaign/edit-coupon.js';
import { ListAuditHandler } from './campaign/list-audit.js';
import { MoveCouponHandler } from './campaign/move-coupon.js';
import { RebuildCouponGateHandler } from './campaign/rebuild-coupon-gate.js';
import { ReconcileCouponGateHandler } from './campaign/reconcile-coupon-gate.js';
import { CouponCache } from './catalog/coupon-cache.js';
import { COUPON_CHANGED } from './catalog/coupon-changed.js';
import { SharedCouponLevel } from './catalog/coupon-level.js';
import { CouponMessages } from './catalog/coupon-messages.js';
import { LocalLevel } from './catalog/local-level.js';
import { GetCouponHandler, ListCouponsHandler } from './catalog/read-coupons.js';
import { RefreshCoupon } from './catalog/refresh-coupon.js';
import { SweepCoupons } from './catalog/sweep-coupons.js';
import type { CoreConfig } from './config.js';
import { CouponCore, IssuanceWorker } from './coupon-core.js';
import { DeadLetterStore } from './dead-letters/dead-letter-store.js';
import {
  DiscardDeadLetterHandler,
  GetDeadLetterHandler,
  ListDeadLettersHandler,
  RetryDeadLetterHandler,
} from './dead-letters/handlers.js';
import { PurgeDeadLetters } from './dead-letters/purge-dead-letters.js';
import { RetryDeadLetters } from './dead-letters/retry-dead-letters.js';
import { SettleDeadLetters } from './dead-letters/settle-dead-letters.js';
import { PublishEvents } from './events/publish-events.js';
import { WatchOutbox } from './events/watch-outbox.js';
import { CouponLock } from './issuance/coupon-lock.js';
import { Gate } from './issuance/gate.js';
import { IssueReader, IssueStore } from './issuance/issue-store.js';
import { REOPEN_DELAY_MS } from './issuance/leases.js';
import { RebuildGate } from './issuance/rebuild-gate.js';
import { ReconcileGate } from './issuance/reconcile-gate.js';
import { RelayedEntries } from './issuance/relayed-entries.js';
import { ShrinkGate } from './issuance/shrink-gate.js';
import { TendGates } from './issuance/tend-gates.js';
import { TakeBackIssueHandler } from './lifecycle/take-back-issue.js';
import { ApiMetrics, ConsumerMetrics, CoreMetrics } from './metrics/core-metrics.js';
import { WiredCore } from './wired-core.js';
import { WiredWorker } from './wired-worker.js';

/** The one file that wires drivers from configuration. */
@Module({})
export class CouponCoreModule {
  /** `CouponCore`, and everything that goes through the command and query bus. */
  static forApi(config: CoreConfig): DynamicModule {
    return {
      module: CouponCoreModule,
      global: true,
      imports: [CqrsModule.forRoot(), EventEmitterModule.forRoot()],
      providers: [
        ...adapters(config),
        ...breakers(config),
        { provide: Admissions, useValue: admissionsOf(config) },
        cache('listening'),
        core(config),
        API_GAUGES,
        ...HANDLERS,
      ],
      exports: [CouponCore, CoreMetrics, CqrsModule],
    };
  }

  /** `IssuanceWorker` alone. */
  static forConsumer(config: CoreConfig): DynamicModule {
    return {
      module: CouponCoreModule,
      global: true,
      imports: [EventEmitterModule.forRoot()],
      providers: [
        ...adapters(config),
        UNGUARDED_PROCESS,
        cache('silent'),
        ...events(config),
        worker(config),
        CONSUMER_GAUGES,
      ],
      exports: [IssuanceWorker, CoreMetrics],
    };
  }
}

const HANDLERS: Provider[] = [
  CreateCouponHandler,
  EditCouponHandler,
  ChangeQuantityHandler,
  MoveCouponHandler,
  RebuildCouponGateHandler,
  TakeBackIssueHandler,
  ReconcileCouponGateHandler,
  GetCouponHandler,
  ListCouponsHandler,
  ListAuditHandler,
  RetryDeadLetterHandler,
  DiscardDeadLetterHandler,
  GetDeadLetterHandler,
  ListDeadLettersHandler,
];

function adapters(config: CoreConfig): Provider[] {
  return [
    { provide: Connections, useFactory: () => Connections.open(config) },
    {
      provide: Keys,
      useFactory: () => new Keys(config.redis.namespace, queueLayoutOf(config.queue.driver)),
    },
    {
      provide: UnitOfWork,
      inject: [Connections, EventEmitter2, Guards],
      useFactory: ({ dataSource }: Connections, events: EventEmitter2, { database }: Guards) =>
        new UnitOfWork(
          poolOf(dataSource),
          (change) => events.emit(COUPON_CHANGED, change),
          config.events.told,
          database,
        ),
    },
    {
      provide: CouponStore,
      inject: [Connections, UnitOfWork],
      useFactory: ({ dataSource }: Connections, unitOfWork: UnitOfWork) =>
        new MysqlCouponStore(dataSource, unitOfWork, config.gate.shards),
    },
    {
      provide: AuditLog,
      inject: [Connections, UnitOfWork],
      useFactory: ({ dataSource }: Connections, unitOfWork: UnitOfWork) =>
        new MysqlAuditLog(dataSource, unitOfWork),
    },
    {
      provide: IssueStore,
      inject: [UnitOfWork],
      useFactory: (unitOfWork: UnitOfWork) => new MysqlIssueStore(unitOfWork),
    },
    {
      provide: DeadLetterStore,
      inject: [Connections, UnitOfWork],
      useFactory: ({ dataSource }: Connections, unitOfWork: UnitOfWork) =>
        new MysqlDeadLetterStore(dataSource, unitOfWork),
    },
    {
      provide: SettleDeadLetters,
      inject: [DeadLetterStore, Gate],
      useFactory: (store: DeadLetterStore, gate: Gate) => new SettleDeadLetters(store, gate),
    },
    {
      provide: IssueReader,
      inject: [Connections, Guards],
      useFactory: ({ dataSource }: Connections, { database }: Guards) =>
        new MysqlIssueReader(poolOf(dataSource), database),
    },
    {
      provide: Gate,
      inject: [Connections, Keys, Guards],
      useFactory: ({ gate }: Connections, keys: Keys, guards: Guards) =>
        new RedisGate(gate, keys, config.queue.entriesMax, REOPEN_DELAY_MS, guards.gate, config.queue.pace),
    },
    {
      provide: RedisQueueObserver,
      inject: [Connections, Keys],
      useFactory: ({ gate }: Connections, keys: Keys) =>
        new RedisQueueObserver(gate, keys, config.gate.shards),
    },
    {
      provide: CouponLock,
      inject: [Connections, Keys],
      useFactory: ({ gate }: Connections, keys: Keys) => new RedisCouponLock(gate, keys, config.lock),
    },
    {
      provide: SharedCouponLevel,
      inject: [Connections, Keys],
      useFactory: ({ cache }: Connections, keys: Keys) => new RedisSharedLevel(cache, keys, COUPON_SHAPE),
    },
    {
      provide: CouponMessages,
      inject: [Connections, Keys],
      useFactory: ({ cache, cacheListening }: Connections, keys: Keys) =>
        new RedisCouponMessages(cache, cacheListening, keys),
    },
    {
      provide: RefreshCoupon,
      inject: [CouponCache, CouponMessages],
      useFactory: (cache: CouponCache, messages: CouponMessages) => new RefreshCoupon(cache, messages),
    },
    {
      provide: SweepCoupons,
      inject: [CouponStore, SharedCouponLevel, CouponMessages],
      useFactory: (coupons: CouponStore, shared: SharedCouponLevel, messages: CouponMessages) =>
        new SweepCoupons(coupons, shared, messages),
    },
    {
      provide: RelayedEntries,
      useFactory: () => relayedEntries(config),
    },
    {
      provide: RebuildGate,
      inject: [IssueStore, Gate, RelayedEntries],
      useFactory: (store: IssueStore, gate: Gate, relayed: RelayedEntries) =>
        new RebuildGate(store, gate, relayed),
    },
    {
      provide: ReconcileGate,
      inject: [CouponStore, IssueStore, Gate, RelayedEntries],
      useFactory: (coupons: CouponStore, store: IssueStore, gate: Gate, relayed: RelayedEntries) =>
        new ReconcileGate(coupons, store, gate, relayed),
    },
    {
      provide: TendGates,
      inject: [CouponStore, IssueStore, Gate, ReconcileGate],
      useFactory: (coupons: CouponStore, store: IssueStore, gate: Gate, reconcile: ReconcileGate) =>
        new TendGates(coupons, gate, reconcile, new ShrinkGate(store, gate)),
    },
  ];
}

/** For the API: people wait for its calls. */
function breakers(config: CoreConfig): Provider[] {
  return [
    {
      provide: Breakers,
      inject: [Connections],
      useFactory: (connections: Connections) => new Breakers(connections, config.breaker),
    },
    { provide: Guards, useExisting: Breakers },
  ];
}

const UNGUARDED_PROCESS: Provider = { provide: Guards, useValue: NO_GUARDS };

const API_GAUGES: Provider = {
  provide: CoreMetrics,
  inject: [Connections],
  useFactory: (connections: Connections) => new ApiMetrics(connections),
};

const CONSUMER_GAUGES: Provider = {
  provide: CoreMetrics,
  inject: [Connections, RedisQueueObserver, RelayedEntries, CouponStore],
  useFactory: (
    connections: Connections,
    queue: RedisQueueObserver,
    relayed: RelayedEntries,
    coupons: CouponStore,
  ) => new ConsumerMetrics(connections, queue, relayed, coupons),
};

/** Who answers readers listens to what other processes change. */
function cache(kind: 'listening' | 'silent'): Provider {
  return {
    provide: CouponCache,
    inject: [SharedCouponLevel, CouponStore, CouponMessages],
    useFactory: (shared: SharedCouponLevel, coupons: CouponStore, messages: CouponMessages) => {
      const cache = new CouponCache(new LocalLevel(), shared, coupons);
      if (kind === 'listening') messages.listen(cache);
      return cache;
    },
  };
}

/** The outbox and its relay, for the consumer. */
function events(config: CoreConfig): Provider[] {
  return [
    {
      provide: Outbox,
      inject: [UnitOfWork],
      useFactory: (unitOfWork: UnitOfWork) => new Outbox((work) => unitOfWork.run(work), randomUUID()),
    },
    { provide: GuardedBroker, useFactory: () => eventBroker(config) },
    {
      provide: PublishEvents,
      inject: [Outbox, GuardedBroker],
      useFactory: (outbox: Outbox, broker: GuardedBroker) =>
        new PublishEvents(outbox, broker, config.events.outboxKeptHours * 3_600),
    },
  ];
}

function core(config: CoreConfig): Provider {
  return {
    provide: CouponCore,
    inject: [Connections, Breakers, CouponStore, IssueStore, IssueReader, Gate, CouponLock, CouponCache],
    useFactory: (
      connections: Connections,
      breakers: Breakers,
      coupons: CouponStore,
      store: IssueStore,
      reader: IssueReader,
      gate: RedisGate,
      lock: CouponLock,
      cache: CouponCache,
    ) => new WiredCore(config, connections, breakers, coupons, store, reader, gate, lock, cache),
  };
}

function worker(config: CoreConfig): Provider {
  return {
    provide: IssuanceWorker,
    inject: [
      Connections,
      CouponStore,
      IssueStore,
      Gate,
      RebuildGate,
      SweepCoupons,
      TendGates,
      Keys,
      DeadLetterStore,
      SettleDeadLetters,
      RedisQueueObserver,
      PublishEvents,
      Outbox,
      GuardedBroker,
    ],
    useFactory: (
      connections: Connections,
      coupons: CouponStore,
      store: IssueStore,
      gate: Gate,
      rebuild: RebuildGate,
      sweepCoupons: SweepCoupons,
      tend: TendGates,
      keys: Keys,
      deadLetters: DeadLetterStore,
      settle: SettleDeadLetters,
      queue: RedisQueueObserver,
      publish: PublishEvents,
      outbox: Outbox,
      eventBroker: GuardedBroker,
    ) =>
      new WiredWorker(
        config,
        connections,
        store,
        gate,
        coupons,
        rebuild,
        [
          sweepCoupons,
          tend,
          new RetryDeadLetters(deadLetters, settle),
          new PurgeDeadLetters(deadLetters, config.deadLettersKeptDays * 86_400),
          publish,
          new WatchOutbox(outbox),
        ],
        deadLetters,
        queue,
        eventBroker,
        keys,
      ),
  };
}
