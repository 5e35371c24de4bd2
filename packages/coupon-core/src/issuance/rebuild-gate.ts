import type { Operator } from '../campaign/audit-log.js';
import type { CouponId } from '../coupon/ids.js';
import { buildGate, SETTLEMENT_MS } from './build-gate.js';
import type { Gate, GateAddress } from './gate.js';
import type { IssueStore } from './issue-store.js';

export type RebuildOutcome =
  | { outcome: 'REBUILT'; epoch: number; claims: number; unsettled: number }
  /** Another rebuild with a later epoch, or a restart of the server, came in between. */
  | { outcome: 'OVERTAKEN' }
  | { outcome: 'COUPON_NOT_FOUND' };

/**
 * Builds a coupon's gate from the rows and from what survived in Redis: mint an epoch, fence the gate with it,
 * activate it in the row, read the survivors, load, switch. Two of these at once, a crash of one, or a restart of
 * Redis in the middle leave either a correct gate or a shut one.
 */
export class RebuildGate {
  /** Whoever asks while one is under way waits for that one: a second would only overtake it. */
  private readonly underWay = new Map<CouponId, Promise<RebuildOutcome>>();

  constructor(
    private readonly store: IssueStore,
    private readonly gate: Gate,
    private readonly settlementMs = SETTLEMENT_MS,
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
    if (!(await this.gate.fence(at, epoch))) return { outcome: 'OVERTAKEN' };
    const rows = await this.store.activateEpoch(at.couponId, epoch);
    if (!rows) return { outcome: 'OVERTAKEN' };
    const survivors = await this.gate.readSurvivors(at);
    // Before the first gate nobody can have been given a receipt that would have to be waited for.
    const built = buildGate(rows, epoch, survivors, rows.coupon.epochBuilt === 0 ? 0 : this.settlementMs);
    await this.gate.load(at, built);
    if (!(await this.gate.switchTo(at, built))) return { outcome: 'OVERTAKEN' };
    await this.store.markBuilt(at.couponId, epoch);
    return { outcome: 'REBUILT', epoch, claims: built.claims.size, unsettled: built.unsettled };
  }
}
