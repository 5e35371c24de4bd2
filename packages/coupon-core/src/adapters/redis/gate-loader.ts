import type { Redis } from 'ioredis';
import type { Claimant } from '../../coupon/ids.js';
import type { BuiltGate, ClaimOfUser, ClaimStage, GateAddress, StagedGate } from '../../issuance/gate.js';
import { ClaimBuckets } from './claim-buckets.js';
import { decodeClaim } from './claim-codec.js';
import { bucketsFor, isCounter, type Keys } from './keys.js';
import { Script } from './script.js';
import { succeed } from './succeed.js';

/** Buckets that one pipeline reads or removes: so many claims a hundredfold are in memory at once. */
const BUCKETS_PER_PIPELINE = 100;

/** The Redis half of a rebuild: fence, survivors, stage, switch, and removing what earlier epochs left. */
export class GateLoader {
  private readonly fenceScript = new Script<number>('fence-2');
  private readonly holdFenceScript = new Script<number>('hold-fence-1');
  private readonly switchScript = new Script<number>('switch-1');

  constructor(
    private readonly redis: Redis,
    private readonly keys: Keys,
  ) {}

  async fence(at: GateAddress, epoch: number): Promise<boolean> {
    const keys = [this.gateKey(at), this.keys.leaseMark(at.shard)];
    return (await this.fenceScript.run(this.redis, keys, [epoch])) === 1;
  }

  async holdFence(at: GateAddress, epoch: number): Promise<boolean> {
    return (await this.holdFenceScript.run(this.redis, [this.gateKey(at)], [epoch])) === 1;
  }

  async *readClaims(at: GateAddress): AsyncGenerator<ClaimOfUser[]> {
    const { shard, couponId } = at;
    const [epochText, bucketsText, splitTo] = await this.redis.hmget(
      this.gateKey(at),
      'epoch',
      'buckets',
      'splitTo',
    );
    if (!epochText) return;
    const epoch = Number(epochText);
    for (const buckets of pagesOf(Number(splitTo ?? bucketsText))) {
      const pipeline = this.redis.pipeline();
      for (const bucket of buckets) pipeline.hgetall(this.keys.claims(shard, couponId, epoch, bucket));
      const held = await succeed<Record<string, string>>(pipeline);
      yield held
        .flatMap((bucket) => Object.entries(bucket))
        .filter(([field]) => !isCounter(field))
        .map(([field, text]) => ({ userId: field as Claimant, claim: decodeClaim(text, epoch) }));
    }
  }

  async stage(at: GateAddress, staged: StagedGate): Promise<ClaimStage> {
    await this.announce(at, staged);
    const { shard, couponId } = at;
    return new ClaimBuckets(
      this.redis,
      (bucket) => this.keys.claims(shard, couponId, staged.epoch, bucket),
      staged.epoch,
      bucketsFor(staged.claimsExpected),
    );
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
      bucketsFor(built.claimsExpected),
      built.settlementMs,
      built.reopenDelayMs,
    ];
    const switched = (await this.switchScript.run(this.redis, [this.gateKey(at)], args)) === 1;
    if (switched) await this.removeOtherEpochs(at);
    else await this.discard(at, built);
    return switched;
  }

  /** Whoever overtook this rebuild may have removed its buckets while it was still writing more of them. */
  async discard(at: GateAddress, staged: StagedGate): Promise<void> {
    await this.announce(at, staged);
    await this.removeOtherEpochs(at);
  }

  /** Buckets are announced before the first of them is written, so that none outlives a crash unnoticed. */
  private async announce({ shard, couponId }: GateAddress, staged: StagedGate): Promise<void> {
    await this.redis.hset(this.keys.built(shard, couponId), staged.epoch, bucketsFor(staged.claimsExpected));
  }

  /** Buckets of earlier gates, and of rebuilds that were overtaken or died. A later one may be loading: it stays. */
  private async removeOtherEpochs(at: GateAddress): Promise<void> {
    const { shard, couponId } = at;
    const present = Number(await this.redis.hget(this.gateKey(at), 'epoch'));
    const built = await this.redis.hkeys(this.keys.built(shard, couponId));
    for (const epoch of built.map(Number)) if (epoch < present) await this.removeClaims(at, epoch);
  }

  /** Every bucket that a gate of this epoch was ever to have. */
  async removeClaims({ shard, couponId }: GateAddress, epoch: number): Promise<void> {
    const built = this.keys.built(shard, couponId);
    for (const page of pagesOf(Number(await this.redis.hget(built, `${epoch}`)))) {
      await this.redis.unlink(...page.map((bucket) => this.keys.claims(shard, couponId, epoch, bucket)));
    }
    await this.redis.hdel(built, `${epoch}`);
  }

  private gateKey({ shard, couponId }: GateAddress): string {
    return this.keys.gate(shard, couponId);
  }
}

function* pagesOf(buckets: number): Generator<number[]> {
  for (let from = 0; from < buckets; from += BUCKETS_PER_PIPELINE) {
    const count = Math.min(BUCKETS_PER_PIPELINE, buckets - from);
    yield Array.from({ length: count }, (_, i) => from + i);
  }
}
