import type { Redis } from 'ioredis';
import type { ClaimName } from '../../coupon/decide-settlement.js';
import type { CouponId } from '../../coupon/ids.js';
import type { ExaminedClaims, GateAddress, GateCounts, ShardCounts } from '../../issuance/gate.js';
import type { Keys } from './keys.js';
import { Script } from './script.js';

const CLAIMS_PER_CALL = 100;

type CountsReply = [epoch: string, tickets: number, admitted: number, losses: number, ...mark: number[]];

/** The Redis half of reconciliation. */
export class GateExaminer {
  private readonly countScript: Script<[oldestAt: number, ...gates: (CountsReply | number)[]]>;
  private readonly driveScript: Script<number>;
  private readonly shrinkScript: Script<number>;

  constructor(
    private readonly redis: Redis,
    private readonly keys: Keys,
  ) {
    this.countScript = new Script('count-n', keys.queueLayout);
    this.driveScript = new Script('drive-again-2', keys.queueLayout);
    this.shrinkScript = new Script('shrink-1', keys.queueLayout);
  }

  async count(shard: number, coupons: readonly CouponId[], markAgeMs: number): Promise<ShardCounts> {
    const gates = coupons.map((couponId) => this.keys.gate(shard, couponId));
    const [oldestAt, ...replies] = await this.countScript.run(
      this.redis,
      [this.keys.queue(shard), ...gates],
      [markAgeMs],
    );
    const found = replies.map((reply) => (typeof reply === 'number' ? null : countsOf(reply)));
    return { oldestEntryAt: oldestAt === 0 ? null : oldestAt, gates: found };
  }

  /** False where the gate has another epoch meanwhile: it may know better. */
  async driveAgain(at: GateAddress, epoch: number, claims: readonly ClaimName[]): Promise<boolean> {
    const keys = [this.keys.gate(at.shard, at.couponId), this.keys.queue(at.shard)];
    for (let from = 0; from < claims.length; from += CLAIMS_PER_CALL) {
      const args = claims
        .slice(from, from + CLAIMS_PER_CALL)
        .flatMap((claim) => [claim.userId, claim.epoch, claim.ticket ?? '']);
      if ((await this.driveScript.run(this.redis, keys, [at.couponId, epoch, ...args])) !== 1) return false;
    }
    return true;
  }

  async shrink(
    { shard, couponId }: GateAddress,
    { epoch, tickets, losses }: ExaminedClaims,
  ): Promise<boolean> {
    const keys = [this.keys.gate(shard, couponId)];
    return (await this.shrinkScript.run(this.redis, keys, [epoch, tickets, losses])) === 1;
  }
}

function countsOf([epoch, tickets, admitted, losses, ...mark]: CountsReply): GateCounts {
  const [at, ticketsThen, admittedThen] = mark;
  return {
    epoch: Number(epoch),
    tickets,
    admitted,
    losses,
    mark: at === undefined ? null : { at, tickets: ticketsThen!, admitted: admittedThen! },
  };
}
