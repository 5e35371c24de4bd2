import type { CouponDoor, CouponDoors } from '../catalog/coupon-doors.js';
import type { IssueMode } from '../coupon/coupon.js';
import type { CouponId, UserId } from '../coupon/ids.js';
import { type CouponLock, NO_TURN } from './coupon-lock.js';
import type { Gate, HeldClaim } from './gate.js';

/** What becomes of a member whom the batch did not decide about. */
export type Undecided =
  /** Stands in V2's line already, as whoever was handed over does. */
  | { outcome: 'IN_LINE'; held: HeldClaim }
  /** The lock was not had in time. */
  | { outcome: 'NO_TURN'; issueMode: IssueMode };

/** Lets V1's batches of a coupon run one after the other over all processes, where its lock strategy says so. */
export class TakeTurns {
  constructor(
    private readonly doors: CouponDoors,
    private readonly lock: CouponLock,
    private readonly gate: Gate,
  ) {}

  /** One answer a user, in order; `issue` is called with those of them whom it has to decide about. */
  async run<R>(
    couponId: CouponId,
    users: UserId[],
    since: number,
    issue: (users: UserId[]) => Promise<R[]>,
  ): Promise<(R | Undecided)[]> {
    const door = this.doors.known(couponId) ?? (await this.doors.find(couponId));
    if (door?.lockStrategy !== 'distributed' || door.issueMode === 'ASYNC') return issue(users);
    const inLine = door.issueMode === 'BOTH' ? await this.findInLine(door, users) : new Map();
    const waiting = users.filter((userId) => !inLine.has(userId));
    const decided = waiting.length === 0 ? [] : await this.lock.hold(door, since, () => issue(waiting));
    let next = 0;
    return users.map((userId): R | Undecided => {
      const held = inLine.get(userId);
      if (held) return { outcome: 'IN_LINE', held };
      return decided === NO_TURN ? { outcome: 'NO_TURN', issueMode: door.issueMode } : decided[next++]!;
    });
  }

  /** Nobody where the gate cannot say: a unit that V1 issues to somebody in line is offered again by the consumer. */
  private async findInLine(door: CouponDoor, users: readonly UserId[]): Promise<Map<UserId, HeldClaim>> {
    const inLine = new Map<UserId, HeldClaim>();
    const look = async (userId: UserId) => {
      const reply = await this.gate.lookUp(door, userId);
      if (reply.outcome === 'HELD' && reply.held.claim.kind === 'TICKET') inLine.set(userId, reply.held);
    };
    await Promise.all([...new Set(users)].map(look));
    return inLine;
  }
}
