import type { CouponStore } from '../campaign/coupon-store.js';
import type { CouponId } from '../coupon/ids.js';
import { rebuilds } from '../metrics/drain-metrics.js';
import type { ExpectedGate, Gate } from './gate.js';
import type { RebuildGate } from './rebuild-gate.js';
import { Rounds } from './rounds.js';

const ROUND_EVERY_MS = 500;
const BACKOFF_MS_MAX = 5_000;
/** Coupons of each state, and reports of each shard, that one round looks at. */
const COUPONS_PER_ROUND = 200;
/** Each keeps a connection to the database while it reads. */
const REBUILDS_AT_ONCE = 3;
const STATES = ['OPEN', 'PAUSED'] as const;

/**
 * Rebuilds gates that are shut for good, whatever became of them: lost with their server, written on another run of
 * it, left by a rebuild that died. Each round looks at a page of the coupons that V2 serves, and first at those that
 * somebody met shut. Closed coupons are rebuilt only for somebody: for a person who asks, or for entries of theirs
 * that wait in the queue.
 */
export class RestoreGates extends Rounds {
  private metShut = false;
  /** Where the next round goes on in each state; null: from the newest. */
  private readonly beforeIds = new Map<(typeof STATES)[number], CouponId | null>();

  constructor(
    private readonly store: CouponStore,
    private readonly gate: Gate,
    private readonly rebuild: RebuildGate,
    private readonly shards: number,
    private readonly couponsMax = COUPONS_PER_ROUND,
  ) {
    super('looking for gates that are shut', ROUND_EVERY_MS);
  }

  /** Answers how many shut gates it met; throws where one could not be rebuilt, behind all others. */
  async round(): Promise<number> {
    const looked = new Map<CouponId, ExpectedGate>();
    for (const at of [...(await this.reported()), ...(await this.page())]) looked.set(at.couponId, at);
    const gates = [...looked.values()];
    if (gates.length === 0) return 0;
    const conditions = await this.gate.inspect(gates);
    const shut = gates.filter((_at, i) => conditions[i] === 'SHUT');
    await this.rebuildAll(shut);
    return shut.length;
  }

  private async reported(): Promise<ExpectedGate[]> {
    const ids: CouponId[] = [];
    for (let shard = 0; shard < this.shards; shard += 1) {
      ids.push(...(await this.gate.takeReports(shard, this.couponsMax)));
    }
    const coupons = await Promise.all(ids.map((id) => this.store.find(id)));
    return coupons.flatMap((coupon) => {
      if (!coupon || coupon.epochBuilt === 0) return [];
      return [{ couponId: coupon.id, shard: coupon.shard, epoch: coupon.epoch }];
    });
  }

  private async page(): Promise<ExpectedGate[]> {
    const found: ExpectedGate[] = [];
    for (const state of STATES) {
      const beforeId = this.beforeIds.get(state) ?? null;
      const page = await this.store.findServed({ state, limit: this.couponsMax, beforeId });
      this.beforeIds.set(state, page.length < this.couponsMax ? null : page.at(-1)!.couponId);
      found.push(...page);
    }
    return found;
  }

  private async rebuildAll(shut: readonly ExpectedGate[]): Promise<void> {
    const line = shut.values();
    const faults: unknown[] = [];
    const lane = async () => {
      for (const at of line) {
        if (this.isStopping) return;
        await this.rebuildOne(at).catch((cause) => faults.push(cause));
      }
    };
    await Promise.all(Array.from({ length: REBUILDS_AT_ONCE }, lane));
    if (faults.length > 0) throw faults[0];
  }

  private async rebuildOne(at: ExpectedGate): Promise<void> {
    const startedAt = performance.now();
    const outcome = await this.rebuild.execute(at);
    (outcome.outcome === 'REBUILT' ? rebuilds.rebuilt : rebuilds.notRebuilt).add();
    const tookMs = Math.round(performance.now() - startedAt);
    this.log.log(
      `coupon ${at.couponId}: its gate was shut, rebuild ${JSON.stringify({ ...outcome, tookMs })}`,
    );
  }

  protected override async goRound(): Promise<void> {
    this.metShut = (await this.round()) > 0;
  }

  protected override pauseMs(failures: number): number {
    if (failures > 0) return Math.min(BACKOFF_MS_MAX, ROUND_EVERY_MS * 2 ** failures);
    // Where one gate is lost, others may be: the next page is looked at without delay.
    return this.metShut ? 0 : ROUND_EVERY_MS;
  }
}
