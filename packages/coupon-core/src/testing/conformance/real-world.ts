import type { Redis } from 'ioredis';
import type { LocalServer } from 'local-stack';
import type { DataSource } from 'typeorm';
import { MysqlCouponStore } from '../../adapters/mysql/coupon-store.mysql.js';
import { connect, createDataSource, poolOf } from '../../adapters/mysql/database.js';
import { MysqlIssueReader } from '../../adapters/mysql/issue-reader.mysql.js';
import { MysqlIssueStore } from '../../adapters/mysql/issue-store.mysql.js';
import { type Transaction, UnitOfWork } from '../../adapters/mysql/unit-of-work.js';
import { connectRedis, createRedis } from '../../adapters/redis/connection.js';
import { RedisCouponLock } from '../../adapters/redis/coupon-lock.redis.js';
import { RedisGate } from '../../adapters/redis/gate.redis.js';
import { Keys, type QueueLayout } from '../../adapters/redis/keys.js';
import { redisQueue } from '../../adapters/redis/redis-queue.js';
import { CouponDoors } from '../../catalog/coupon-doors.js';
import type { Coupon, IssueMode } from '../../coupon/coupon.js';
import type { CouponId, UserId } from '../../coupon/ids.js';
import { NO_DELAYS } from '../../issuance/build-gate.js';
import { ClaimReader } from '../../issuance/claim-reader.js';
import type { ViewReply } from '../../issuance/gate.js';
import type { IssuanceQueue } from '../../issuance/issuance-queue.js';
import { IssueCoupon } from '../../issuance/issue-coupon.js';
import { StoreUnavailable } from '../../issuance/issue-store.js';
import { KeepLeases } from '../../issuance/keep-leases.js';
import { Leases } from '../../issuance/leases.js';
import { ReadClaimStatus } from '../../issuance/read-claim-status.js';
import { RebuildGate } from '../../issuance/rebuild-gate.js';
import { Receipts } from '../../issuance/receipts.js';
import { NOTHING_RELAYED } from '../../issuance/relayed-entries.js';
import { RequestCoupon } from '../../issuance/request-coupon.js';
import { SweepGate } from '../../issuance/sweep-gate.js';
import { TakeTurns } from '../../issuance/take-turns.js';
import { TakeBackIssueHandler } from '../../lifecycle/take-back-issue.js';
import { aDefinition, OPERATOR } from '../a-coupon.js';
import { LOCK_TIMES } from '../core-process.js';
import { clockedRedis } from './clocked-redis.js';

export type CommitFault = 'ok' | 'unknown' | 'notCommitted';

/** MySQL as a schedule wants it: away, or losing the answer of the next COMMIT. */
class FaultyUnitOfWork extends UnitOfWork {
  up = true;
  fault: CommitFault = 'ok';

  override async run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    if (!this.up) throw new StoreUnavailable('The schedule has MySQL away.');
    return super.run(work);
  }

  protected override async commit(tx: Transaction): Promise<void> {
    const { fault } = this;
    this.fault = 'ok';
    if (fault !== 'notCommitted') await super.commit(tx);
    if (fault !== 'ok') throw new Error('The answer of COMMIT was lost.');
  }
}

class FaultyReader extends MysqlIssueReader {
  up = true;

  override async find(couponId: CouponId, userId: UserId) {
    if (!this.up) throw new StoreUnavailable('The schedule has MySQL away.');
    return super.find(couponId, userId);
  }
}

/** Whether a decrease that was announced is ended, and when, the schedule says, and not the sweeper. */
class PatientStore extends MysqlCouponStore {
  override async finishDecrease() {
    return null;
  }
}

/** Tells the gate nothing by itself after a commit: when such a message arrives, the schedule says. */
class QuietGate extends RedisGate {
  override async update(): Promise<ViewReply[]> {
    return [];
  }
}

/** Asks for no lease by itself: when an API process does, the schedule says. */
class QuietLeases extends KeepLeases {
  override ask(): void {}
}

const neverAsked = () => Promise.reject(new Error('The model knows no coupon without a gate.'));
const NEVER_WITHOUT_GATE = { execute: neverAsked, read: neverAsked, refuse: neverAsked };

interface Api {
  leases: Leases;
  requestCoupon: RequestCoupon;
}

/** The product's own parts on real servers, to be driven step by step beside the model. */
export class RealWorld {
  readonly unitOfWork: FaultyUnitOfWork;
  readonly reader: FaultyReader;
  readonly coupons: MysqlCouponStore;
  readonly store: MysqlIssueStore;
  readonly queues: readonly [IssuanceQueue, IssuanceQueue];
  sweeper!: SweepGate;
  private readonly doors: CouponDoors;
  private readonly receipts = new Receipts(['a secret for the model']);
  /** The clock of the gate and of the API processes goes as the schedule says, from the start of each run. */
  elapsedMs = 0;
  readonly redis: Redis;
  coupon!: Coupon;
  issueCoupon!: IssueCoupon;
  apis!: [Api, Api];
  gate!: RedisGate;
  readClaimStatus!: ReadClaimStatus;
  takeBackIssue!: TakeBackIssueHandler;

  private constructor(
    readonly dataSource: DataSource,
    private readonly connection: Redis,
    readonly server: LocalServer,
    readonly keys: Keys,
  ) {
    const pool = poolOf(dataSource);
    const openedAt = Date.now();
    const redis = clockedRedis(connection, () => openedAt + this.elapsedMs);
    this.redis = redis;
    this.unitOfWork = new FaultyUnitOfWork(pool);
    this.reader = new FaultyReader(pool);
    this.coupons = new MysqlCouponStore(dataSource, this.unitOfWork, 1);
    this.store = new MysqlIssueStore(this.unitOfWork);
    this.doors = new CouponDoors(this.coupons);
    const queue = (name: string) => redisQueue(redis, redis, keys, name);
    this.queues = [queue('consumer-0'), queue('consumer-1')];
  }

  static async open(mysqlUrl: string, server: LocalServer, layout: QueueLayout): Promise<RealWorld> {
    const dataSource = await connect(createDataSource(mysqlUrl, 4));
    const redis = await connectRedis(createRedis(server.url, 'conformance'));
    return new RealWorld(dataSource, redis, server, new Keys('model', layout));
  }

  /** An open coupon of its own, on a server that holds nothing else. */
  async begin(total: number, issueMode: IssueMode, reopenDelayMs: number): Promise<void> {
    await this.redis.flushall();
    this.setMysql(true);
    this.elapsedMs = 0;
    this.gate = new RedisGate(this.redis, this.keys, 10_000, reopenDelayMs);
    const rebuild = new RebuildGate(this.store, this.gate, NOTHING_RELAYED, NO_DELAYS);
    this.sweeper = new SweepGate(new PatientStore(this.dataSource, this.unitOfWork, 1), this.gate);
    const definition = aDefinition({ totalQuantity: total, issueMode, returnCancelledUnits: true });
    const created = await this.coupons.create(definition, OPERATOR);
    await this.coupons.moveState(created.id, 'OPEN', OPERATOR);
    await rebuild.execute({ couponId: created.id, shard: created.shard });
    this.coupon = (await this.coupons.find(created.id))!;
    await this.doors.find(this.coupon.id);
    const quiet = new QuietGate(this.redis, this.keys, 10_000);
    const claims = new ClaimReader(this.reader, this.receipts);
    this.apis = [this.startApi(), this.startApi()];
    this.takeBackIssue = new TakeBackIssueHandler(this.store, quiet);
    const turns = new TakeTurns(this.doors, new RedisCouponLock(this.redis, this.keys, LOCK_TIMES), quiet);
    const [{ requestCoupon }] = this.apis;
    this.issueCoupon = new IssueCoupon(
      ...([this.store, quiet, claims, turns, requestCoupon, NEVER_WITHOUT_GATE] as const),
      () => undefined,
    );
    this.readClaimStatus = new ReadClaimStatus(
      ...([this.doors, this.gate, claims, this.reader, this.receipts] as const),
      NEVER_WITHOUT_GATE,
    );
  }

  /** An API process that has just come up. */
  startApi(): Api {
    const { doors, gate, reader, receipts, store } = this;
    const leases = new Leases();
    const keeper = new QuietLeases(gate, leases, () => this.elapsedMs);
    const claims = new ClaimReader(reader, receipts);
    return {
      leases,
      requestCoupon: new RequestCoupon(doors, gate, claims, receipts, keeper, store, NEVER_WITHOUT_GATE),
    };
  }

  setMysql(up: boolean): void {
    this.unitOfWork.up = up;
    this.reader.up = up;
  }

  async restartRedis(): Promise<void> {
    await this.server.restart();
    while ((await this.redis.ping().catch(() => null)) !== 'PONG')
      await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async close(): Promise<void> {
    this.connection.disconnect();
    await this.dataSource.destroy();
  }
}
