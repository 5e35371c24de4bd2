import { EventEmitter2 } from '@nestjs/event-emitter';
import type { Redis } from 'ioredis';
import { MysqlCouponStore } from '../adapters/mysql/coupon-store.mysql.js';
import { MysqlIssueStore } from '../adapters/mysql/issue-store.mysql.js';
import { UnitOfWork } from '../adapters/mysql/unit-of-work.js';
import { RedisCouponMessages } from '../adapters/redis/coupon-messages.redis.js';
import { RedisSharedLevel } from '../adapters/redis/shared-level.redis.js';
import { CouponCache, type FoundCoupon } from '../catalog/coupon-cache.js';
import { COUPON_CHANGED, type CouponChanged } from '../catalog/coupon-changed.js';
import { LocalLevel } from '../catalog/local-level.js';
import { RefreshCoupon } from '../catalog/refresh-coupon.js';
import { SweepCoupons } from '../catalog/sweep-coupons.js';
import type { CouponId } from '../coupon/ids.js';
import type { FreshRedis } from './fresh-redis.js';
import type { TestDatabase } from './test-database.js';

/** So long that within a test L1 loses nothing by itself. */
const HOUR_MS = 3_600_000;

/** What one process keeps of coupons and says of their changes, on servers that others use as well. */
export class CacheProcess {
  readonly cache: CouponCache;
  readonly coupons: MysqlCouponStore;
  readonly issues: MysqlIssueStore;
  readonly sweeper: SweepCoupons;
  readonly messages: RedisCouponMessages;
  /** Settles when what was told after the last commit has been done. */
  refreshed: Promise<void> = Promise.resolve();

  private constructor(
    database: TestDatabase,
    fresh: FreshRedis,
    readonly redis: Redis,
    readonly listening: Redis,
    ageMsMax: number,
    hints: 'told' | 'lost',
  ) {
    const shared = new RedisSharedLevel(redis, fresh.keys, 'shape');
    const events = new EventEmitter2();
    const unitOfWork = new UnitOfWork(database.pool, (change) => events.emit(COUPON_CHANGED, change));
    this.coupons = new MysqlCouponStore(database.dataSource, unitOfWork, 1);
    this.issues = new MysqlIssueStore(unitOfWork);
    this.cache = new CouponCache(new LocalLevel(ageMsMax), shared, this.coupons);
    this.messages = new RedisCouponMessages(redis, listening, fresh.keys);
    this.sweeper = new SweepCoupons(this.coupons, shared, this.messages, 2);
    const refresh = new RefreshCoupon(this.cache, this.messages);
    if (hints === 'told') {
      events.on(COUPON_CHANGED, (change: CouponChanged) => {
        this.refreshed = refresh.refresh(change);
      });
    }
  }

  static async start(
    database: TestDatabase,
    fresh: FreshRedis,
    { ageMsMax = HOUR_MS, hints = 'told' as 'told' | 'lost', listens = true } = {},
  ): Promise<CacheProcess> {
    const [redis, listening] = [await fresh.connect(), await fresh.connect('listening')];
    const process = new CacheProcess(database, fresh, redis, listening, ageMsMax, hints);
    if (listens) await process.listen();
    return process;
  }

  /** Resolves when it is told of changes from here on. */
  listen(): Promise<void> {
    return new Promise((resolve) => {
      this.messages.listen({
        drop: (id, version) => this.cache.drop(id, version),
        dropAll: () => {
          this.cache.dropAll();
          resolve();
        },
      });
    });
  }

  find = async (id: CouponId): Promise<FoundCoupon> => this.cache.find(id);
  stateOf = async (id: CouponId) => (await this.find(id)).reading?.coupon.state;
}
