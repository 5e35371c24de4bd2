import type { CouponDoor, CouponDoors } from '../catalog/coupon-doors.js';
import { claimantAt } from '../coupon/claimant.js';
import { hasGate, type IssueMode } from '../coupon/coupon.js';
import type { Claimant, CouponId } from '../coupon/ids.js';
import { type CouponLock, NO_TURN } from './coupon-lock.js';
import type { Gate, HeldClaim } from './gate.js';

/** What becomes of a member whom the batch did not decide about. */
export type Undecided =
  /** Stands in V2's line already, as whoever was handed over does. */
  | { outcome: 'IN_LINE'; claimant: Claimant; held: HeldClaim }
  /** The lock was not had in time. */
  | { outcome: 'NO_TURN'; issueMode: IssueMode };

type InLine = Extract<Undecided, { outcome: 'IN_LINE' }>;

/** Lets V1's batches of a coupon run one after the other over all processes, where its lock strategy says so. */
export class TakeTurns {
  constructor(
    private readonly doors: CouponDoors,
    private readonly lock: CouponLock,
    private readonly gate: Gate,
  ) {}

  /** One answer a requester, in order; `issue` is called with those of them whom it has to decide about. */
  async run<R>(
    couponId: CouponId,
    requesters: Claimant[],
    since: number,
    issue: (requesters: Claimant[]) => Promise<R[]>,
  ): Promise<(R | Undecided)[]> {
    const door = this.doors.known(couponId) ?? (await this.doors.find(couponId));
    if (door?.lockStrategy !== 'distributed' || door.issueMode === 'ASYNC') return issue(requesters);
    const inLine = hasGate(door) ? await this.findInLine(door, requesters) : new Map<Claimant, InLine>();
    const waiting = requesters.filter((requester) => !inLine.has(requester));
    const decided = waiting.length === 0 ? [] : await this.lock.hold(door, since, () => issue(waiting));
    let next = 0;
    return requesters.map((requester): R | Undecided => {
      const inLineAs = inLine.get(requester);
      if (inLineAs) return inLineAs;
      return decided === NO_TURN ? { outcome: 'NO_TURN', issueMode: door.issueMode } : decided[next++]!;
    });
  }

  /** Nobody where the gate cannot say: a unit that V1 issues to somebody in line is offered again by the consumer. */
  private async findInLine(
    door: CouponDoor,
    requesters: readonly Claimant[],
  ): Promise<Map<Claimant, InLine>> {
    const inLine = new Map<Claimant, InLine>();
    const look = async (requester: Claimant) => {
      const claimant = claimantAt(door, requester);
      if (claimant === null) return;
      const reply = await this.gate.lookUp(door, claimant);
      if (reply.outcome !== 'HELD' || reply.held.claim.kind !== 'TICKET') return;
      inLine.set(requester, { outcome: 'IN_LINE', claimant, held: reply.held });
    };
    await Promise.all([...new Set(requesters)].map(look));
    return inLine;
  }
}
