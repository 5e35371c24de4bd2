import type { Redis } from 'ioredis';
import type { UserId } from '../../coupon/ids.js';
import type { Claim, ClaimOfUser, ClaimStage } from '../../issuance/gate.js';
import { decodeClaim, encodeClaim } from './claim-codec.js';
import { hashOf } from './keys.js';
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

  async put(claims: readonly ClaimOfUser[]): Promise<void> {
    const fieldsOf = new Map<number, string[]>();
    for (const { userId, claim } of claims) {
      push(fieldsOf, this.bucketOf(userId), userId, encodeClaim(claim, this.epoch));
    }
    for (const page of pagesOf([...fieldsOf])) {
      const pipeline = this.redis.pipeline();
      for (const [bucket, fields] of page) pipeline.hset(this.keyOf(bucket), ...fields);
      await succeed(pipeline);
    }
  }

  async find(users: readonly UserId[]): Promise<Map<UserId, Claim>> {
    const usersOf = new Map<number, UserId[]>();
    for (const userId of users) push(usersOf, this.bucketOf(userId), userId);
    const found = new Map<UserId, Claim>();
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

  private bucketOf(userId: UserId): number {
    return hashOf(userId) % this.buckets;
  }
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
