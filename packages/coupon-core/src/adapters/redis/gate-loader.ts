import type { Redis } from 'ioredis';
import type { UserId } from '../../coupon/ids.js';
import type { BuiltGate, Claim, GateAddress, Survivors } from '../../issuance/gate.js';
import { decodeClaim, encodeClaim } from './claim-codec.js';
import { bucketsFor, hashOf, type Keys } from './keys.js';
import { decodeEntry } from './queue-entry.js';
import { Script } from './script.js';

/** Buckets that one pipeline reads or writes, and entries that one page of the queue has. */
const BUCKETS_PER_PIPELINE = 100;
const ENTRIES_PER_PAGE = 1_000;

/** The Redis half of a rebuild: fence, survivors, load, switch, and removing what earlier epochs left. */
export class GateLoader {
  private readonly fenceScript = new Script<number>('fence-1');
  private readonly switchScript = new Script<number>('switch-1');

  constructor(
    private readonly redis: Redis,
    private readonly keys: Keys,
  ) {}

  async fence({ shard, couponId }: GateAddress, epoch: number): Promise<boolean> {
    return (await this.fenceScript.run(this.redis, [this.keys.gate(shard, couponId)], [epoch])) === 1;
  }

  async readSurvivors(at: GateAddress): Promise<Survivors> {
    return { claims: await this.readClaims(at), queued: await this.readQueued(at) };
  }

  private async readClaims({ shard, couponId }: GateAddress): Promise<Survivors['claims']> {
    const [epochText, bucketsText, splitTo] = await this.redis.hmget(
      this.keys.gate(shard, couponId),
      'epoch',
      'buckets',
      'splitTo',
    );
    const claims: Survivors['claims'] = [];
    if (!epochText) return claims;
    const epoch = Number(epochText);
    await this.eachPipeline(Number(splitTo ?? bucketsText), async (from, to) => {
      const pipeline = this.redis.pipeline();
      for (let bucket = from; bucket < to; bucket += 1)
        pipeline.hgetall(this.keys.claims(shard, couponId, epoch, bucket));
      for (const [cause, held] of (await pipeline.exec()) ?? []) {
        if (cause) throw cause;
        for (const [user, text] of Object.entries(held as Record<string, string>)) {
          claims.push({ userId: user as UserId, claim: decodeClaim(text, epoch) });
        }
      }
    });
    return claims;
  }

  private async readQueued({ shard, couponId }: GateAddress): Promise<Survivors['queued']> {
    const queued: Survivors['queued'] = [];
    let from = '-';
    for (;;) {
      const page = await this.redis.xrange(this.keys.queue(shard), from, '+', 'COUNT', ENTRIES_PER_PAGE);
      for (const [id, fields] of page) {
        const entry = decodeEntry(id, fields);
        if (!('cause' in entry) && entry.couponId === couponId) queued.push(...entry.claims);
      }
      if (page.length < ENTRIES_PER_PAGE) return queued;
      from = `(${page.at(-1)![0]}`;
    }
  }

  /** The buckets are announced before the first of them is written, so that none outlives a crash unnoticed. */
  async load(at: GateAddress, built: BuiltGate): Promise<void> {
    const { shard, couponId } = at;
    const buckets = bucketsOf(built);
    await this.redis.hset(this.keys.built(shard, couponId), built.epoch, buckets);
    const contents = new Map<number, string[]>();
    for (const [userId, claim] of built.claims)
      push(contents, hashOf(userId) % buckets, userId, claim, built.epoch);
    const filled = [...contents];
    await this.eachPipeline(filled.length, async (from, to) => {
      const pipeline = this.redis.pipeline();
      for (const [bucket, fields] of filled.slice(from, to)) {
        pipeline.hset(this.keys.claims(shard, couponId, built.epoch, bucket), ...fields);
      }
      await succeed(pipeline.exec());
    });
  }

  async switchTo(at: GateAddress, built: BuiltGate): Promise<boolean> {
    const { state, issueStartsAt, issueEndsAt, capacity, version } = built.view;
    const args = [
      built.epoch,
      version,
      state,
      issueStartsAt,
      issueEndsAt,
      capacity,
      built.admitted,
      built.unsettled,
      bucketsOf(built),
      built.settlementMs,
    ];
    const switched =
      (await this.switchScript.run(this.redis, [this.keys.gate(at.shard, at.couponId)], args)) === 1;
    // Whoever overtook this rebuild may have removed its buckets while it was still writing more of them.
    if (!switched)
      await this.redis.hset(this.keys.built(at.shard, at.couponId), built.epoch, bucketsOf(built));
    await this.removeOtherEpochs(at);
    return switched;
  }

  /** Buckets of earlier gates, and of rebuilds that were overtaken or died. A later one may be loading: it stays. */
  private async removeOtherEpochs({ shard, couponId }: GateAddress): Promise<void> {
    const present = Number(await this.redis.hget(this.keys.gate(shard, couponId), 'epoch'));
    const built = await this.redis.hgetall(this.keys.built(shard, couponId));
    for (const [epoch, buckets] of Object.entries(built)) {
      if (Number(epoch) >= present) continue;
      await this.eachPipeline(Number(buckets), async (from, to) => {
        const pipeline = this.redis.pipeline();
        for (let bucket = from; bucket < to; bucket += 1) {
          pipeline.unlink(this.keys.claims(shard, couponId, Number(epoch), bucket));
        }
        await succeed(pipeline.exec());
      });
      await this.redis.hdel(this.keys.built(shard, couponId), epoch);
    }
  }

  private async eachPipeline(count: number, run: (from: number, to: number) => Promise<void>): Promise<void> {
    for (let from = 0; from < count; from += BUCKETS_PER_PIPELINE) {
      await run(from, Math.min(count, from + BUCKETS_PER_PIPELINE));
    }
  }
}

function bucketsOf({ view, claims }: BuiltGate): number {
  return Math.max(bucketsFor(view.capacity), bucketsFor(claims.size));
}

function push(
  contents: Map<number, string[]>,
  bucket: number,
  userId: UserId,
  claim: Claim,
  epoch: number,
): void {
  const fields = contents.get(bucket);
  if (fields) fields.push(userId, encodeClaim(claim, epoch));
  else contents.set(bucket, [userId, encodeClaim(claim, epoch)]);
}

async function succeed(results: Promise<[Error | null, unknown][] | null>): Promise<void> {
  for (const [cause] of (await results) ?? []) if (cause) throw cause;
}
