import type { Redis } from 'ioredis';
import type { Claimant } from '../../coupon/ids.js';
import type { Claim, ClaimOfUser, ClaimStage } from '../../issuance/gate.js';
import { decodeClaim, encodeClaim } from './claim-codec.js';
import { counterOf, hashOf, isCounter } from './keys.js';
import { succeed } from './succeed.js';

/** Commands of one pipeline: the server answers others between two of them. */
const COMMANDS_PER_PIPELINE = 1_000;

/** The claim buckets of one epoch, written and read from outside the scripts while no gate uses them. */
export class ClaimBuckets implements ClaimStage {
  constructor(
    private readonly redis: Redis,
    private readonly keyOf: (bucket: number) => string,
    private readonly epoch: number,
    private readonly buckets: number,
  ) {}

  private hasSeveral = false;

  async put(claims: readonly ClaimOfUser[]): Promise<void> {
    const fieldsOf = new Map<number, string[]>();
    for (const { userId, claim } of claims) {
      this.hasSeveral ||= counterOf(userId) !== null;
      push(fieldsOf, this.bucketOf(userId), userId, encodeClaim(claim, this.epoch));
    }
    for (const page of pagesOf([...fieldsOf])) {
      const pipeline = this.redis.pipeline();
      for (const [bucket, fields] of page) pipeline.hset(this.keyOf(bucket), ...fields);
      await succeed(pipeline);
    }
  }

  async find(users: readonly Claimant[]): Promise<Map<Claimant, Claim>> {
    const usersOf = new Map<number, Claimant[]>();
    for (const userId of users) push(usersOf, this.bucketOf(userId), userId);
    const found = new Map<Claimant, Claim>();
    for (const page of pagesOf([...usersOf])) {
      const pipeline = this.redis.pipeline();
      for (const [bucket, asked] of page) pipeline.hmget(this.keyOf(bucket), ...asked);
      const texts = await succeed<(string | null)[]>(pipeline);
      for (const [i, [, asked]] of page.entries()) {
        for (const [j, userId] of asked.entries()) {
          const text = texts[i]![j];
          if (text) found.set(userId, decodeClaim(text, this.epoch));
        }
      }
    }
    return found;
  }

  async countSeveral(): Promise<void> {
    if (!this.hasSeveral) return;
    for (const page of pagesOf(Array.from({ length: this.buckets }, (_, bucket) => bucket))) {
      const reading = this.redis.pipeline();
      for (const bucket of page) reading.hkeys(this.keyOf(bucket));
      const claimants = await succeed<Claimant[]>(reading);
      const writing = this.redis.pipeline();
      for (const [i, bucket] of page.entries()) {
        const counts = countersOf(claimants[i]!);
        if (counts.size > 0) writing.hset(this.keyOf(bucket), counts);
      }
      await succeed(writing);
    }
  }

  private bucketOf(userId: Claimant): number {
    return hashOf(userId) % this.buckets;
  }
}

/** Of a bucket's claims, how many each person has, by the name of the field that says so. */
function countersOf(claimants: readonly Claimant[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const counter of claimants.filter((field) => !isCounter(field)).map(counterOf)) {
    if (counter !== null) counts.set(counter, (counts.get(counter) ?? 0) + 1);
  }
  return counts;
}

function push<T>(lists: Map<number, T[]>, key: number, ...items: T[]): void {
  const list = lists.get(key);
  if (list) list.push(...items);
  else lists.set(key, items);
}

function* pagesOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += COMMANDS_PER_PIPELINE) {
    yield items.slice(from, from + COMMANDS_PER_PIPELINE);
  }
}
