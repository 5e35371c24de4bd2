import type { Redis } from 'ioredis';
import type { GateReply } from '../adapters/redis/claim-codec.js';
import { hashOf, type Keys } from '../adapters/redis/keys.js';
import { Script } from '../adapters/redis/script.js';
import type { CouponId, UserId } from '../coupon/ids.js';

export interface RawClaim {
  /** The gate's clock at the decision, milliseconds. */
  gateTime: number;
  answers: (string | number)[];
}

const script = new Script<GateReply>('claim-n');

/** One call of `claim-n` for one coupon of shard 0, with everything that its reply says. */
export async function rawClaim(
  redis: Redis,
  keys: Keys,
  couponId: CouponId,
  users: readonly UserId[],
): Promise<RawClaim> {
  const members = users.flatMap((userId) => [userId, hashOf(userId) * 2]);
  const [gateTime, , , part] = await script.run(
    redis,
    [keys.queue(0), keys.drain(0), keys.leaseMark(0), keys.gate(0, couponId)],
    [keys.claimsPrefix(0), 100_000, couponId, 1, '', users.length, ...members],
  );
  return { gateTime, answers: part!.slice(4) };
}
