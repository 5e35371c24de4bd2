import type { Redis } from 'ioredis';
import type { GateAddress } from '../../issuance/gate.js';
import { bucketsFor, type Keys } from './keys.js';
import { Script } from './script.js';

/**
 * How many times as many claims as planned a bucket may hold. The compact encoding ends at 512, and from three
 * hundred on average there is time to split all of them before the fullest comes near that.
 */
const OUTGROWN_TIMES = 3;
/** One call moves so many claims and then lets others through: about a millisecond. */
const CLAIMS_PER_CALL = 300;

/**
 * How many buckets there shall be, a power of two times the present ones; null where these will do. `fullness`: the
 * claims in one of them, which stands for all, since users are spread over them evenly.
 */
export function grownBuckets(buckets: number, capacity: number, fullness: number): number | null {
  const wanted = Math.max(bucketsFor(capacity), bucketsFor(buckets * fullness));
  if (wanted < buckets * OUTGROWN_TIMES) return null;
  return buckets * 2 ** Math.ceil(Math.log2(wanted / buckets));
}

/** Linear splitting: buckets are divided one after the other, and the gate says how far that has got. */
export class BucketSplitter {
  private readonly script = new Script<number>('split-2');

  constructor(
    private readonly redis: Redis,
    private readonly keys: Keys,
  ) {}

  /** True where there is more to split. */
  async step({ shard, couponId }: GateAddress): Promise<boolean> {
    const gate = this.keys.gate(shard, couponId);
    const [epoch, buckets, splitTo, capacity] = await this.redis.hmget(
      gate,
      'epoch',
      'buckets',
      'splitTo',
      'capacity',
    );
    // A gate that has shrunk has none.
    if (!epoch || buckets === '0') return false;
    let into = splitTo === null ? null : Number(splitTo);
    if (into === null) {
      const fullness = await this.redis.hlen(this.keys.claims(shard, couponId, Number(epoch), 0));
      into = grownBuckets(Number(buckets), Number(capacity), fullness);
      if (into === null) return false;
    }
    const args = [this.keys.claimsPrefix(shard), couponId, epoch, buckets!, into, CLAIMS_PER_CALL];
    return (await this.script.run(this.redis, [gate, this.keys.built(shard, couponId)], args)) === 1;
  }
}
