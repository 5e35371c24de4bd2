import type { Redis } from 'ioredis';
import type { KafkaBroker } from 'messaging';
import { MysqlCouponStore } from '../adapters/mysql/coupon-store.mysql.js';
import { MysqlIssueReader } from '../adapters/mysql/issue-reader.mysql.js';
import { MysqlIssueStore } from '../adapters/mysql/issue-store.mysql.js';
import { UnitOfWork } from '../adapters/mysql/unit-of-work.js';
import { RedisCouponLock } from '../adapters/redis/coupon-lock.redis.js';
import { RedisGate } from '../adapters/redis/gate.redis.js';
import { redisQueue } from '../adapters/redis/redis-queue.js';
import { RedisSharedLevel } from '../adapters/redis/shared-level.redis.js';
import { ChangeQuantityHandler } from '../campaign/change-quantity.js';
import { ChangeQuantity, MoveCoupon, type MoveOutcome, type QuantityOutcome } from '../campaign/commands.js';
import { MoveCouponHandler } from '../campaign/move-coupon.js';
import { CouponCache } from '../catalog/coupon-cache.js';
import { CouponDoors } from '../catalog/coupon-doors.js';
import { LocalLevel } from '../catalog/local-level.js';
import type { Coupon, CouponDefinition, PublishedState } from '../coupon/coupon.js';
import type { CouponId, UserId } from '../coupon/ids.js';
import { NO_DELAYS } from '../issuance/build-gate.js';
import { ClaimReader } from '../issuance/claim-reader.js';
import type { CouponLock } from '../issuance/coupon-lock.js';
import { DatabaseClock } from '../issuance/database-clock.js';
import { DrainQueue } from '../issuance/drain-queue.js';
import { DrainTopic } from '../issuance/drain-topic.js';
import { FindDecision } from '../issuance/find-decision.js';
import { GrowGates } from '../issuance/grow-gates.js';
import { type IssuanceQueue, type Pace, RelayedQueue } from '../issuance/issuance-queue.js';
import { IssueCoupon } from '../issuance/issue-coupon.js';
import { KeepLeases } from '../issuance/keep-leases.js';
import { REOPEN_DELAY_MS } from '../issuance/leases.js';
import { PersistBatch } from '../issuance/persist-batch.js';
import { ReadClaimStatus } from '../issuance/read-claim-status.js';
import { RebuildGate } from '../issuance/rebuild-gate.js';
import { Receipts } from '../issuance/receipts.js';
import { RelayToTopic } from '../issuance/relay-to-topic.js';
import { NOTHING_RELAYED, type RelayedEntries } from '../issuance/relayed-entries.js';
import { RequestCoupon } from '../issuance/request-coupon.js';
import { RequestInTurn } from '../issuance/request-in-turn.js';
import { RequestWithoutGate } from '../issuance/request-without-gate.js';
import { RestoreGates } from '../issuance/restore-gates.js';
import { SendRequests } from '../issuance/send-requests.js';
import { SweepGate } from '../issuance/sweep-gate.js';
import { TakeTurns } from '../issuance/take-turns.js';
import { TakeBackIssue } from '../lifecycle/commands.js';
import { TakeBackIssueHandler } from '../lifecycle/take-back-issue.js';
import { aDefinition, OPERATOR } from './a-coupon.js';
import type { FreshRedis } from './fresh-redis.js';
import type { TestDatabase } from './test-database.js';
import type { TestTopic } from './test-topic.js';

const SHARDS = 1;
const QUEUE_ENTRIES_MAX = 100_000;
export const LOCK_TIMES = { waitMs: 3_000, leaseMs: 5_000 };
/** What a dead consumer had read is waited for in many tests, so it is taken over sooner than in the product. */
const DRAIN = { claimsMax: 500, reclaimIdleMs: 3_000 };

const NO_BROKER = { publish: () => Promise.reject(new Error('This process has no topic.')) };

/** What a test may have otherwise than the product. */
export interface CoreParts {
  unitOfWork?: UnitOfWork;
  lock?: CouponLock;
  reopenDelayMs?: number;
  /** Where the queue is a waiting line. */
  pace?: Pace | null;
  /** Where claims go through one; else they are settled from the queue. */
  topic?: TestTopic | null;
}

/** The use cases and the consumer as one process of the product has them, on servers that others use as well. */
export class CoreProcess {
  readonly coupons: MysqlCouponStore;
  readonly store: MysqlIssueStore;
  readonly gate: RedisGate;
  readonly queue: IssuanceQueue;
  readonly relayed: RelayedEntries;
  readonly rebuild: RebuildGate;
  readonly sweeper: SweepGate;
  readonly growth: GrowGates;
  readonly restore: RestoreGates;
  readonly issueCoupon: IssueCoupon;
  readonly requestCoupon: RequestCoupon;
  readonly requestInTurn: RequestInTurn;
  readonly leases: KeepLeases;
  readonly readClaimStatus: ReadClaimStatus;
  readonly cache: CouponCache;
  private readonly sendRequests: SendRequests;
  private readonly drain: DrainQueue;
  private readonly topic: DrainTopic | null;
  private readonly moveCoupon: MoveCouponHandler;
  private readonly changeQuantity: ChangeQuantityHandler;
  private readonly takeBack: TakeBackIssueHandler;

  private constructor(
    database: TestDatabase,
    private readonly fresh: FreshRedis,
    waiting: Redis,
    private readonly name: string,
    { unitOfWork, lock, reopenDelayMs, pace, topic }: Required<CoreParts>,
  ) {
    this.coupons = new MysqlCouponStore(database.dataSource, unitOfWork, SHARDS);
    this.store = new MysqlIssueStore(unitOfWork);
    this.gate = new RedisGate(fresh.redis, fresh.keys, QUEUE_ENTRIES_MAX, reopenDelayMs, undefined, pace);
    this.queue = redisQueue(fresh.redis, waiting, fresh.keys, name, pace);
    this.relayed = topic?.relayed ?? NOTHING_RELAYED;
    this.rebuild = new RebuildGate(this.store, this.gate, this.relayed, NO_DELAYS);
    this.growth = new GrowGates(this.gate);
    const notice = (couponId: CouponId, shard: number) => this.growth.notice(couponId, shard);
    this.sweeper = new SweepGate(this.coupons, this.gate, undefined, notice);
    this.restore = this.restoring();
    const work = topic ? this.relayTo(topic) : new PersistBatch(this.store, this.queue, this.gate);
    this.topic = topic && this.readerOf(topic);
    this.drain = new DrainQueue(this.queue, work, this.gate, DRAIN, 0, notice);
    this.moveCoupon = new MoveCouponHandler(this.coupons, this.gate, this.rebuild);
    this.changeQuantity = new ChangeQuantityHandler(this.coupons, this.gate);
    this.takeBack = new TakeBackIssueHandler(this.store, this.gate);
    const reader = new MysqlIssueReader(database.pool);
    const receipts = new Receipts(['a secret of the tests']);
    const claims = new ClaimReader(reader, receipts);
    const clock = new DatabaseClock(this.coupons);
    this.sendRequests = new SendRequests(topic?.broker ?? NO_BROKER, clock, topic?.to.topic);
    const shared = new RedisSharedLevel(fresh.redis, fresh.keys, 'shape');
    this.cache = new CouponCache(new LocalLevel(), shared, this.coupons);
    const findDecision = new FindDecision(topic?.answered ?? this.relayed, this.store);
    const withoutGate = new RequestWithoutGate(
      this.cache,
      clock,
      claims,
      receipts,
      this.sendRequests,
      findDecision,
    );
    const doors = new CouponDoors(this.coupons);
    this.leases = new KeepLeases(this.gate);
    this.requestCoupon = new RequestCoupon(
      doors,
      this.gate,
      claims,
      receipts,
      this.leases,
      this.store,
      withoutGate,
    );
    this.requestInTurn = new RequestInTurn(doors, lock, this.requestCoupon);
    const turns = new TakeTurns(doors, lock, this.gate);
    this.issueCoupon = new IssueCoupon(
      this.store,
      this.gate,
      claims,
      turns,
      this.requestCoupon,
      withoutGate,
      () => undefined,
    );
    this.readClaimStatus = new ReadClaimStatus(doors, this.gate, claims, reader, receipts, withoutGate);
  }

  static async create(
    database: TestDatabase,
    fresh: FreshRedis,
    name: string,
    parts: CoreParts = {},
  ): Promise<CoreProcess> {
    const waiting = await fresh.connect('blocking');
    return new CoreProcess(database, fresh, waiting, name, {
      unitOfWork: database.unitOfWork(),
      lock: new RedisCouponLock(fresh.redis, fresh.keys, LOCK_TIMES),
      reopenDelayMs: REOPEN_DELAY_MS,
      pace: null,
      topic: null,
      ...parts,
    });
  }

  /** A coupon that was created and opened as an operator does it, with its gate where V2 serves it. */
  async open(definition: Partial<CouponDefinition>): Promise<Coupon> {
    const { id } = await this.coupons.create(aDefinition(definition), OPERATOR);
    const moved = await this.move(id, 'OPEN');
    if (moved.outcome !== 'MOVED') throw new Error(`The coupon was not opened: ${moved.outcome}`);
    return moved.coupon;
  }

  move(couponId: CouponId, to: PublishedState): Promise<MoveOutcome> {
    return this.moveCoupon.execute(new MoveCoupon(couponId, to, OPERATOR));
  }

  change(couponId: CouponId, total: number): Promise<QuantityOutcome> {
    return this.changeQuantity.execute(new ChangeQuantity(couponId, total, OPERATOR));
  }

  /** As the owner does it. */
  cancel(
    couponId: CouponId,
    issueNumber: number,
    owner: UserId,
  ): ReturnType<TakeBackIssueHandler['execute']> {
    return this.takeBack.execute(new TakeBackIssue(couponId, { issueNumber, owner, by: null }, 'CANCELLED'));
  }

  private get relayedQueue(): RelayedQueue {
    if (this.queue instanceof RelayedQueue) return this.queue;
    throw new Error('This queue is settled where it is.');
  }

  relayTo({ broker, to }: Pick<TestTopic, 'to'> & { broker: Pick<KafkaBroker, 'publish'> }): RelayToTopic {
    return new RelayToTopic(this.store, this.relayedQueue, broker, to);
  }

  readerOf({ connect, to }: TestTopic): DrainTopic {
    return new DrainTopic(connect, this.store, this.gate, this.relayedQueue, DRAIN.claimsMax, to);
  }

  /** A loop for one more shard, as the consumer has one for each. */
  async drainOf(shard: number): Promise<DrainQueue> {
    const waiting = await this.fresh.connect('blocking');
    const queue = redisQueue(this.fresh.redis, waiting, this.fresh.keys, this.name);
    return new DrainQueue(queue, new PersistBatch(this.store, queue, this.gate), this.gate, DRAIN, shard);
  }

  /** One more who looks for gates that are shut, with pages of another size. */
  restoring(couponsMax?: number): RestoreGates {
    return new RestoreGates(this.coupons, this.gate, this.rebuild, SHARDS, couponsMax);
  }

  /** What the gate may give in all, and has given; straight from its hash. */
  async gateNumbers({ id, shard }: Coupon): Promise<number[]> {
    const { redis, keys } = this.fresh;
    return (await redis.hmget(keys.gate(shard, id), 'capacity', 'admitted')).map(Number);
  }

  startWorker(): void {
    this.drain.start();
    this.topic?.start();
    this.sweeper.start();
    this.growth.start();
    this.restore.start();
  }

  async stop(): Promise<void> {
    this.leases.stop();
    await Promise.all([
      this.drain.stop(),
      this.topic?.stop(),
      this.sweeper.stop(),
      this.growth.stop(),
      this.restore.stop(),
    ]);
    await Promise.all([this.issueCoupon.close(), this.requestInTurn.close(), this.sendRequests.close()]);
    await this.gate.close();
  }
}
