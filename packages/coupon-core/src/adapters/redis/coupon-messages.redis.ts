import type { Redis } from 'ioredis';
import { type CouponListener, CouponMessages } from '../../catalog/coupon-messages.js';
import { type CouponId, parseCouponId } from '../../coupon/ids.js';
import { connectRedis } from './connection.js';
import type { Keys } from './keys.js';

/** A connection that only listens would never notice that the other end is gone. */
const PING_EVERY_MS = 2_000;

/** One message is `<id>:<version>` for each coupon, separated by commas. */
export class RedisCouponMessages extends CouponMessages {
  /** `listening` is a connection of its own, because a subscriber may send hardly anything else. */
  constructor(
    private readonly redis: Redis,
    private readonly listening: Redis,
    private readonly keys: Keys,
  ) {
    super();
  }

  async publish(versions: ReadonlyMap<CouponId, number>): Promise<boolean> {
    const message = [...versions].map(([id, version]) => `${id}:${version}`).join(',');
    try {
      await this.redis.publish(this.keys.changes(), message);
      return true;
    } catch {
      return false;
    }
  }

  listen(listener: CouponListener): void {
    this.listening.on('message', (_channel: string, message: string) => {
      for (const [id, version] of decodeVersions(message)) listener.drop(id, version);
    });
    this.listening.on('ready', () => {
      this.listening.subscribe(this.keys.changes()).then(
        () => listener.dropAll(),
        () => this.listening.disconnect(true),
      );
    });
    setInterval(() => this.listening.ping().catch(() => undefined), PING_EVERY_MS).unref();
    void connectRedis(this.listening);
  }
}

/** What is not a message of ours says nothing. */
function decodeVersions(message: string): (readonly [CouponId, number])[] {
  return message.split(',').flatMap((part) => {
    const [id, version] = part.split(':').map((text) => parseCouponId(text));
    return id && version ? [[id, Number(version)] as const] : [];
  });
}
