import type { Operator } from '../campaign/audit-log.js';
import type { CouponId } from '../coupon/ids.js';
import { builtGate, claimsExpected, loadClaims, NO_DELAYS, REBUILD_DELAYS } from './build-gate.js';
import type { Gate, GateAddress, StagedGate } from './gate.js';
import { FenceLost, HeldFence } from './held-fence.js';
import type { IssueStore, RebuildRows } from './issue-store.js';
import type { RelayedEntries } from './relayed-entries.js';

export type RebuildOutcome =
  | { outcome: 'REBUILT'; epoch: number; claims: number; unsettled: number }
  /** Another rebuild with a later epoch, or a restart of the server, came in between. */
  | { outcome: 'OVERTAKEN' }
  | { outcome: 'COUPON_NOT_FOUND' };

const OVERTAKEN: RebuildOutcome = { outcome: 'OVERTAKEN' };

/**
 * Builds a coupon's gate from the rows and from what survived in Redis: mint an epoch, fence the gate with it, let
 * what has left the queue be settled, activate the epoch in the row, load rows and survivors, switch. Two of these at once, a crash of one, or a restart of
 * Redis in the middle leave either a correct gate or a shut one.
 */
export class RebuildGate {
  /** Whoever asks while one is under way waits for that one: a second would only overtake it. */
  private readonly underWay = new Map<CouponId, Promise<RebuildOutcome>>();

  constructor(
    private readonly store: IssueStore,
    private readonly gate: Gate,
    private readonly relayed: RelayedEntries,
    private readonly delays = REBUILD_DELAYS,
  ) {}

  /** `by`: the operator who asked for it; nobody asks for those that the system begins by itself. */
  execute(at: GateAddress, by?: Operator): Promise<RebuildOutcome> {
    const underWay = this.underWay.get(at.couponId);
    if (underWay) return underWay;
    const outcome = this.rebuild(at, by).finally(() => this.underWay.delete(at.couponId));
    this.underWay.set(at.couponId, outcome);
    return outcome;
  }

  private async rebuild(at: GateAddress, by?: Operator): Promise<RebuildOutcome> {
    const epoch = await this.store.mintEpoch(at.couponId, by);
    if (epoch === null) return { outcome: 'COUPON_NOT_FOUND' };
    // The gate is shut before anything is read, so that what is read cannot grow old.
    if (!(await this.gate.fence(at, epoch))) return OVERTAKEN;
    const fence = new HeldFence(this.gate, at, epoch);
    try {
      // What has left the queue by now can be settled under the present epoch only, and nothing more leaves it. Before
      // the first gate nothing was in the queue.
      if (epoch > 1) await this.relayed.untilSettled();
      const rows = await this.store.activateEpoch(at.couponId, epoch);
      if (!rows) return OVERTAKEN;
      return await this.build(at, epoch, rows, fence);
    } finally {
      fence.release();
    }
  }

  private async build(
    at: GateAddress,
    epoch: number,
    rows: RebuildRows,
    fence: HeldFence,
  ): Promise<RebuildOutcome> {
    const { coupon } = rows;
    const staged = { epoch, claimsExpected: claimsExpected(coupon) };
    const loaded = await this.load(at, staged, rows, fence);
    if (!loaded) return OVERTAKEN;
    const { claims, unsettled } = loaded;
    // Before the first gate nobody can have been given a receipt or a lease that would have to be waited for.
    const delays = coupon.epochBuilt === 0 ? NO_DELAYS : this.delays;
    const built = builtGate(coupon, staged, unsettled, delays);
    if (!(await this.gate.switchTo(at, built))) return OVERTAKEN;
    await this.store.markBuilt(at.couponId, epoch);
    return { outcome: 'REBUILT', epoch, claims, unsettled };
  }

  /** Null where the fence was lost meanwhile. */
  private async load(at: GateAddress, staged: StagedGate, rows: RebuildRows, fence: HeldFence) {
    try {
      const stage = fence.over(await this.gate.stage(at, staged));
      return await loadClaims(rows, this.gate.readSurvivors(at), stage);
    } catch (cause) {
      if (!(cause instanceof FenceLost)) throw cause;
      await this.gate.discard(at, staged);
      return null;
    } finally {
      await rows.close();
    }
  }
}
