import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { CacheUnreachable, type KeptReading, SharedCouponLevel } from '../../catalog/coupon-level.js';
import { versionOf } from '../../catalog/coupon-reading.js';
import type { CouponId } from '../../coupon/ids.js';
import { OutageLog } from '../../issuance/outage-log.js';
import { decodeReading, encodeReading } from './kept-reading.js';
import type { Keys } from './keys.js';
import { reaching } from './reaching.js';
import { Script } from './script.js';

const LIFE_MS = 30 * 60_000;
/** Lives are shortened by up to this part, so that what was read together does not end together. */
const JITTER = 0.1;
const UNKNOWN_LIFE_MS = 500;
/** So old a confirmation may become; what is read meanwhile may be as old. */
const CONFIRMED_MS = 3_000;
/** After a failure readers do without this level for so long, instead of each waiting for its own time-out. */
const SKIPPED_MS = 1_000;

export const KEEP_CODES = { 1: 'KEPT', 2: 'STALE' } as const;
export const CONFIRM_CODES = { 1: 'CONFIRMED', 2: 'LATE' } as const;

const cacheUnreachable = (options: ErrorOptions): Error =>
  new CacheUnreachable('The cache did not answer.', options);

/** L2: the cache's server. `shape` names what a coupon consists of, so that programs of several versions can share it. */
export class RedisSharedLevel extends SharedCouponLevel {
  private readonly outage = new OutageLog(new Logger(RedisSharedLevel.name), 'keeping coupons');
  private readonly keepScript = new Script<(keyof typeof KEEP_CODES)[]>('keep-coupons-n');
  private readonly confirmScript = new Script<keyof typeof CONFIRM_CODES>('confirm-coupons-1');
  private skippedUntil = 0;

  constructor(
    private readonly redis: Redis,
    private readonly keys: Keys,
    private readonly shape: string,
  ) {
    super();
  }

  async get(id: CouponId): Promise<KeptReading | undefined> {
    const askedAt = performance.now();
    const names = [this.keys.keptCoupon(this.shape, id), this.keys.confirmed(this.shape)];
    const [kept, confirmation] = (await this.trying(() => this.redis.mget(names))) ?? [];
    if (!kept) return undefined;
    const reading = decodeReading(kept, confirmation ?? null);
    if (reading === undefined) return undefined;
    return { reading, trueAt: askedAt - (reading === null ? UNKNOWN_LIFE_MS : CONFIRMED_MS) };
  }

  async put(readings: ReadonlyMap<CouponId, KeptReading>): Promise<boolean> {
    const names = [...readings.keys()].map((id) => this.keys.keptCoupon(this.shape, id));
    const args = [...readings.values()].flatMap(({ reading }) => [
      versionOf(reading),
      Math.round(reading === null ? UNKNOWN_LIFE_MS : LIFE_MS * (1 - JITTER * Math.random())),
      encodeReading(reading),
    ]);
    return (await this.trying(() => this.keepScript.run(this.redis, names, args))) !== undefined;
  }

  async now(): Promise<number | null> {
    const time = await this.trying(() => this.redis.time());
    return time === undefined ? null : Number(time[0]) * 1_000 + Math.floor(Number(time[1]) / 1_000);
  }

  async confirm(moment: number, since: number): Promise<boolean> {
    const args = [since, moment + CONFIRMED_MS];
    const code = await this.trying(() =>
      this.confirmScript.run(this.redis, [this.keys.confirmed(this.shape)], args),
    );
    return code !== undefined && CONFIRM_CODES[code] === 'CONFIRMED';
  }

  private async trying<T>(command: () => Promise<T>): Promise<T | undefined> {
    if (performance.now() < this.skippedUntil) return undefined;
    try {
      const reply = await reaching(command, cacheUnreachable);
      this.outage.succeeded();
      return reply;
    } catch (cause) {
      this.skippedUntil = performance.now() + SKIPPED_MS;
      this.outage.failed(cause);
      return undefined;
    }
  }
}
