import type { ScriptCall } from 'protocol-model';
import type { ClaimName } from '../../coupon/decide-settlement.js';
import type { ExaminedClaims } from '../../issuance/gate.js';
import { claimsBefore, claimsToSettle } from '../../issuance/reconcile-gate.js';
import { allOf } from '../all-of.js';
import { expectEqual, type Pair } from './pair.js';

interface Reconciler {
  epoch: number;
  suspects: ClaimName[];
}

/** Reconciliation and shrinking, each in two steps: what is looked at, and what is done about it. */
export class GateCare {
  private reconciler: Reconciler | null = null;
  private shrinker: ExaminedClaims | null = null;

  constructor(private readonly pair: Pair) {}

  reconcile(scripts: readonly ScriptCall[]): Promise<void> {
    return this.reconciler ? this.driveAgain(this.reconciler, scripts) : this.examineClaims();
  }

  shrink(scripts: readonly ScriptCall[]): Promise<void> {
    return this.shrinker ? this.forgetClaims(this.shrinker, scripts) : this.examineClosedGate();
  }

  private async examineClaims(): Promise<void> {
    const { gate, coupon } = this.pair.real;
    // The first call keeps the present, the second one takes it for the mark.
    await gate.count(coupon.shard, [coupon.id], 0);
    const { gates } = await gate.count(coupon.shard, [coupon.id], 0);
    const at = { couponId: coupon.id, shard: coupon.shard };
    const claims = await allOf(gate.readClaims(at));
    const waiting = new Set((await allOf(gate.readQueued(at))).map(({ userId }) => userId));
    const suspects = claimsBefore(gates[0]!, claims).filter(({ userId }) => !waiting.has(userId));
    this.reconciler = { epoch: gates[0]!.epoch, suspects };
  }

  private async driveAgain({ epoch, suspects }: Reconciler, scripts: readonly ScriptCall[]): Promise<void> {
    const { gate, store, coupon } = this.pair.real;
    const decided = this.pair.sabotage === 'DRIVES_DECIDED';
    const missing = decided ? suspects : await store.findUndecided(coupon.id, suspects);
    // The model's order, which is not that of the buckets.
    const order = scripts.flatMap((call) => (call.script === 'driveAgain' ? [`${call.claim.user}`] : []));
    const inOrder = [...missing].sort((a, b) => order.indexOf(a.userId) - order.indexOf(b.userId));
    await gate.driveAgain({ couponId: coupon.id, shard: coupon.shard }, epoch, inOrder);
    this.reconciler = null;
  }

  private async examineClosedGate(): Promise<void> {
    const { gate, store, coupon } = this.pair.real;
    const [counts] = (await gate.count(coupon.shard, [coupon.id], 0)).gates;
    const claims = await allOf(gate.readClaims({ couponId: coupon.id, shard: coupon.shard }));
    const undecided = await store.findUndecided(coupon.id, claimsToSettle(counts!.epoch, claims));
    expectEqual('undecided claims', false, undecided.length > 0);
    this.shrinker = counts!;
  }

  private async forgetClaims(examined: ExaminedClaims, scripts: readonly ScriptCall[]): Promise<void> {
    const { gate, coupon } = this.pair.real;
    const call = scripts.find((made) => made.script === 'shrink')!;
    const at = { couponId: coupon.id, shard: coupon.shard };
    if (this.pair.sabotage === 'SHRINKS_UNCHECKED')
      await this.pair.real.redis.hset(this.pair.real.keys.gate(coupon.shard, coupon.id), 'buckets', 0);
    else expectEqual('a shrink', call.reply, await gate.shrink(at, examined));
    this.shrinker = null;
  }
}
