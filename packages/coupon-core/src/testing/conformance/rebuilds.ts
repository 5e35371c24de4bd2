import type { ProcessId, ScriptCall } from 'protocol-model';
import { builtGate, claimsExpected, loadClaims } from '../../issuance/build-gate.js';
import type { BuiltGate, ClaimOfUser, GateAddress } from '../../issuance/gate.js';
import type { RebuildRows } from '../../issuance/issue-store.js';
import { allOf } from '../all-of.js';
import type { TicketOffsets } from './model-snapshot.js';
import { expectEqual, type Pair } from './pair.js';

interface Rebuilder {
  epoch: number;
  rows?: RebuildRows;
  survivors?: ClaimOfUser[];
  built?: BuiltGate;
}

/** Rebuilds of the gate, step by step, by as many processes at once as the schedule has it. */
export class Rebuilds {
  private readonly rebuilders = new Map<ProcessId, Rebuilder>();

  constructor(
    private readonly pair: Pair,
    private readonly offsets: TicketOffsets,
  ) {}

  async begin(id: ProcessId): Promise<void> {
    const { store, coupon } = this.pair.real;
    this.rebuilders.set(id, { epoch: (await store.mintEpoch(coupon.id))! });
  }

  async advance(id: ProcessId, scripts: readonly ScriptCall[]): Promise<void> {
    const { real } = this.pair;
    const rebuilder = this.rebuilders.get(id)!;
    const at = { couponId: real.coupon.id, shard: real.coupon.shard };
    const [call] = scripts;
    switch (call?.script) {
      case 'fence':
        expectEqual('fence', call.reply, await real.gate.fence(at, rebuilder.epoch));
        if (this.pair.sabotage === 'NO_FENCE')
          await real.redis.hdel(real.keys.gate(at.shard, at.couponId), 'fence');
        return;
      case 'readSurvivors':
        rebuilder.survivors = await allOf(real.gate.readSurvivors(at));
        return;
      case 'load':
        // The model loads in two steps; here all is loaded in the first of them.
        if (!rebuilder.built) rebuilder.built = await this.load(at, rebuilder);
        return;
      case 'switchTo': {
        const { given } = this.pair.model.redis.gate ?? { given: 0 };
        if (call.reply) this.offsets.begin(call.epoch, given);
        return expectEqual('switch', call.reply, await real.gate.switchTo(at, rebuilder.built!));
      }
      default:
        // Activation is a transaction, not a script. Where it is refused, the model's rebuilder is idle again.
        rebuilder.rows = (await real.store.activateEpoch(real.coupon.id, rebuilder.epoch)) ?? undefined;
        return expectEqual(
          'activate',
          this.pair.model.rebuilders[id].phase !== 'idle',
          rebuilder.rows !== undefined,
        );
    }
  }

  async abandon(id: ProcessId): Promise<void> {
    const rebuilder = this.rebuilders.get(id);
    if (rebuilder?.rows && !rebuilder.built) await rebuilder.rows.close();
    this.rebuilders.delete(id);
  }

  /** Gives back what rebuilds that never ended still hold. */
  async close(): Promise<void> {
    for (const id of [...this.rebuilders.keys()]) await this.abandon(id);
  }

  private async load(at: GateAddress, { epoch, rows, survivors }: Rebuilder): Promise<BuiltGate> {
    const { coupon } = rows!;
    const staged = { epoch, claimsExpected: claimsExpected(coupon) };
    const page = (async function* () {
      yield survivors!;
    })();
    const stage = await this.pair.real.gate.stage(at, staged);
    const { claims, unsettled } = await loadClaims(rows!, page, stage);
    await rows!.close();
    const built = builtGate(coupon, staged, unsettled, this.pair.model.campaign.times);
    return this.pair.sabotage === 'COUNTS_CLAIMS_LOADED' ? { ...built, admitted: claims } : built;
  }
}
