import type { Redis } from 'ioredis';
import type { Claimant } from '../../coupon/ids.js';
import type { ClaimList, GateAddress, LeaseOffer } from '../../issuance/gate.js';
import { hashOf, type Keys } from './keys.js';
import { Script } from './script.js';

const BUCKETS_PER_PIPELINE = 100;

export const LEASE_CODES = { 0: 'NONE', 1: 'LEASED', 2: 'BUILD', 3: 'BEING_BUILT' } as const;
const BUILD = 2;

type LeaseReply =
  | [code: 0 | 3]
  | [code: 1 | 2, mark: string, windowMs: number, list: string, bits: number, epoch: string, buckets: number];

/** Leases, and the lists of those who hold a claim: made once, by whoever was told to, and then kept by the gate. */
export class ClaimLists {
  private readonly leaseScript = new Script<LeaseReply>('lease-3');
  private readonly completeScript = new Script<number>('complete-list-2');
  private readonly markScript = new Script<string>('read-lease-mark-1');

  constructor(
    private readonly redis: Redis,
    private readonly keys: Keys,
  ) {}

  async offerLease(at: GateAddress): Promise<LeaseOffer | null> {
    const { shard, couponId } = at;
    const keys = [
      this.keys.leaseMark(shard),
      this.keys.gate(shard, couponId),
      this.keys.list(shard, couponId),
    ];
    const reply = await this.leaseScript.run(this.redis, keys, []);
    if (reply.length === 1) return null;
    const [code, mark, windowMs, list, bits, epoch, buckets] = reply;
    if (code === BUILD) {
      const read = await this.readBuckets(at, Number(epoch), buckets, bits);
      const completed = [this.keys.gate(shard, couponId), this.keys.partOfList(shard, couponId)];
      if ((await this.completeScript.run(this.redis, completed, [epoch, buckets, list, read])) !== 1)
        return null;
    }
    // Read after the lease was given, so nobody who holds a claim by then is missing; a list only grows.
    const bytes = await this.redis.getBuffer(list);
    // A copy of its own size: what was received may be a part of something larger.
    return bytes && { mark, windowMs, claims: new ClaimBits(new Uint8Array(bytes), bits) };
  }

  async readLeaseMark(shard: number): Promise<string | null> {
    return (await this.markScript.run(this.redis, [this.keys.leaseMark(shard)], [])) || null;
  }

  private async readBuckets(
    { shard, couponId }: GateAddress,
    epoch: number,
    buckets: number,
    bits: number,
  ): Promise<Buffer> {
    const bytes = Buffer.alloc(Math.ceil(bits / 8));
    for (let from = 0; from < buckets; from += BUCKETS_PER_PIPELINE) {
      const pipeline = this.redis.pipeline();
      for (let bucket = from; bucket < Math.min(buckets, from + BUCKETS_PER_PIPELINE); bucket += 1)
        pipeline.hkeys(this.keys.claims(shard, couponId, epoch, bucket));
      for (const [cause, users] of (await pipeline.exec()) ?? []) {
        if (cause) throw cause;
        for (const name of users as string[]) {
          const bit = hashOf(name as Claimant) % bits;
          bytes[bit >>> 3]! |= 128 >>> (bit & 7);
        }
      }
    }
    return bytes;
  }
}

/** As Redis numbers them, the first bit of a byte is its highest. */
class ClaimBits implements ClaimList {
  constructor(
    private readonly buffer: Uint8Array,
    private readonly bits: number,
  ) {}

  get bytes(): number {
    return this.buffer.length;
  }

  mayHold(claimant: Claimant): boolean {
    const bit = hashOf(claimant) % this.bits;
    return (this.buffer[bit >>> 3]! & (128 >>> (bit & 7))) !== 0;
  }
}
