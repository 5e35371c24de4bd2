import type { QueueDriver } from '../../config.js';
import type { Claimant, CouponId } from '../../coupon/ids.js';

/** Raised when the meaning of a key or of a value in it changes; both layouts may then live side by side. */
const LAYOUT = 1;

/** Average claims a bucket: small enough for Redis's compact encoding, large enough to share the cost of a key. */
const CLAIMS_PER_BUCKET = 100;
const BUCKETS_OF_UNLIMITED = 1_024;

/** How the accepted claims of a shard are kept. */
export type QueueLayout = 'stream' | 'line';

/** What a driver keeps in Redis; with Kafka the stream is what is handed on. */
export const queueLayoutOf = (driver: QueueDriver): QueueLayout =>
  driver === 'redis-zset' ? 'line' : 'stream';

/**
 * The one place that makes key names. Everything of a shard has one hash tag, so that a script may touch all of it,
 * and so has everything of the cache.
 * Claim buckets are named inside the scripts too: `<claims prefix><coupon>:<epoch>:<bucket>`.
 */
export class Keys {
  constructor(
    private readonly namespace: string,
    readonly queueLayout: QueueLayout = 'stream',
  ) {}

  /** Stream of accepted claims; or, of a waiting line, how the names of its parts begin (`queue-line.lua`). */
  queue = (shard: number): string => this.of(shard, 'queue');
  /** Sorted set: who waits for a coupon, by place. */
  line = (shard: number, couponId: CouponId): string => `${this.queue(shard)}:line:${couponId}`;
  /** Sorted set: whom a consumer has taken from the lines, by name. */
  taken = (shard: number, consumer: string): string => `${this.queue(shard)}:taken:${consumer}`;
  /** Sorted set: consumers that have taken somebody, by when they were last heard of. */
  takers = (shard: number): string => `${this.queue(shard)}:takers`;
  /** String: how many wait or are taken. */
  lineSize = (shard: number): string => `${this.queue(shard)}:size`;
  /** List: an element wakes a consumer. */
  bell = (shard: number): string => `${this.queue(shard)}:bell`;
  /** Hash: claims enqueued and drained, and the drain rate. */
  drain = (shard: number): string => this.of(shard, 'drain');
  /** Hash: everything of one coupon's gate but its claims. */
  gate = (shard: number, couponId: CouponId): string => `${this.gatePrefix(shard)}${couponId}`;
  gatePrefix = (shard: number): string => this.of(shard, 'gate:');
  /** Hash: claimant → claim; and where a person may have several, `user#` → how many. */
  claims = (shard: number, couponId: CouponId, epoch: number, bucket: number): string =>
    `${this.claimsPrefix(shard)}${couponId}:${epoch}:${bucket}`;
  claimsPrefix = (shard: number): string => this.of(shard, 'c:');
  /** String: who of V1 has the turn, where the coupon's lock strategy is `distributed`; it ends with its lease. */
  lock = (shard: number, couponId: CouponId): string => this.of(shard, `lock:${couponId}`);
  /** Moved by whatever ends the leases of the shard. */
  leaseMark = (shard: number): string => this.of(shard, 'lease-mark');
  /** Bitmap of those who hold a claim, by their hash; its full name goes on with the epoch and the bits. */
  list = (shard: number, couponId: CouponId): string => this.of(shard, `list:${couponId}`);
  /** The bits of a list on their way into it. */
  partOfList = (shard: number, couponId: CouponId): string => `${this.list(shard, couponId)}:part`;
  /** Hash: epoch → buckets, for every set of claim buckets that was ever begun and not yet removed. */
  built = (shard: number, couponId: CouponId): string => this.of(shard, `built:${couponId}`);

  /** Set: coupons whose gate somebody met shut. */
  shut = (shard: number): string => this.of(shard, 'shut');

  /** String: what the cache's server keeps of a coupon of this shape; see `kept-reading.ts`. */
  keptCoupon = (shape: string, couponId: CouponId): string => this.of('cache', `coupon:${shape}:${couponId}`);
  /** String: how far the kept coupons of this shape are confirmed. */
  confirmed = (shape: string): string => this.of('cache', `confirmed:${shape}`);
  /** Channel: which versions of coupons there are now. */
  changes = (): string => this.of('cache', 'changes');

  private of(tag: number | 'cache', name: string): string {
    return `${this.namespace}${LAYOUT}:{${tag}}:${name}`;
  }
}

export function bucketsFor(expectedClaims: number): number {
  const limited = Number.isSafeInteger(expectedClaims) && expectedClaims < Number.MAX_SAFE_INTEGER;
  return limited ? Math.max(1, Math.ceil(expectedClaims / CLAIMS_PER_BUCKET)) : BUCKETS_OF_UNLIMITED;
}

const END_OF_USER = 0x23;

/** FNV-1a, 32 bits, of the person: which bucket all claims of theirs belong to, `hash % buckets`. */
export function hashOf(claimant: Claimant): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < claimant.length; i += 1) {
    const character = claimant.charCodeAt(i);
    if (character === END_OF_USER) break;
    hash = Math.imul(hash ^ character, 0x01000193);
  }
  return hash >>> 0;
}

/** The field that counts the claims of a person who may have several; null where it is one at the most. */
export function counterOf(claimant: Claimant): string | null {
  const end = claimant.indexOf('#');
  return end < 0 ? null : claimant.slice(0, end + 1);
}

export const isCounter = (field: string): boolean => field.endsWith('#');
