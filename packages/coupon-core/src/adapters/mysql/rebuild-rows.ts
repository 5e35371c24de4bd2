import { withKey } from '../../coupon/claimant.js';
import type { Coupon } from '../../coupon/coupon.js';
import type { AcceptedClaim } from '../../coupon/decide-settlement.js';
import type { Claimant, CouponId, UserId } from '../../coupon/ids.js';
import type { Claim, ClaimOfUser } from '../../issuance/gate.js';
import { nameOf, type RebuildRows, type TicketOfUser } from '../../issuance/issue-store.js';
import { COUPON_COLUMNS, type CouponRow, toCoupon } from './coupon.row.js';
import type { Snapshot } from './snapshot.js';

const ISSUES_PER_PAGE = 10_000;
const LETTERS_PER_PAGE = 1_000;
/** Tickets of one look-up among the notes. */
const TICKETS_PER_LOOK_UP = 1_000;

interface IssueOrigin {
  userId: UserId;
  requestKey: string | null;
  epoch: number | null;
  ticket: number | null;
  reason: string | null;
}

/** All that a rebuild counts of one coupon, read from one snapshot. */
export class MysqlRebuildRows implements RebuildRows {
  private constructor(
    private readonly snapshot: Snapshot,
    readonly coupon: Coupon,
  ) {}

  /** Takes the snapshot over. */
  static async read(snapshot: Snapshot, couponId: CouponId): Promise<MysqlRebuildRows> {
    try {
      const [row] = await snapshot.rows<CouponRow>(`SELECT ${COUPON_COLUMNS} FROM coupons WHERE id = ?`, [
        couponId,
      ]);
      return new MysqlRebuildRows(snapshot, toCoupon(row!));
    } catch (cause) {
      await snapshot.close();
      throw cause;
    }
  }

  async *claims(): AsyncGenerator<ClaimOfUser[]> {
    for (let lastUser = ''; ; ) {
      // Left to itself, MySQL reads and sorts all rows of the coupon once a page.
      const page = await this.snapshot.rows<IssueOrigin>(
        `SELECT user_id AS userId, request_key AS requestKey, epoch, ticket, reason FROM coupon_issues FORCE INDEX (PRIMARY)
           WHERE coupon_id = ? AND user_id > ? ORDER BY coupon_id, user_id, ordinal LIMIT ${ISSUES_PER_PAGE}`,
        [this.coupon.id, lastUser],
      );
      const isLast = page.length < ISSUES_PER_PAGE;
      // Its last person may have rows beyond the page: all of theirs are read with the next one.
      const whole = isLast ? page : page.filter(({ userId }) => userId !== page.at(-1)!.userId);
      yield whole.map((row) => ({ userId: claimantOfRow(row), claim: claimOfRow(row) }));
      if (isLast) return;
      lastUser = whole.at(-1)!.userId;
    }
  }

  async *deadLetters(): AsyncGenerator<ClaimOfUser[]> {
    for (let lastId = 0; ; ) {
      const page = await this.snapshot.rows<{ id: number; payload: string | AcceptedClaim }>(
        `SELECT id, payload FROM dead_letters FORCE INDEX (dead_letters_coupon)
           WHERE coupon_id = ? AND state IN ('WAITING', 'PERMANENT_FAILURE') AND id > ?
           ORDER BY id LIMIT ${LETTERS_PER_PAGE}`,
        [this.coupon.id, lastId],
      );
      yield page.map(({ payload }) => claimOfLetter(payload));
      if (page.length < LETTERS_PER_PAGE) return;
      lastId = page.at(-1)!.id;
    }
  }

  async findVoided(tickets: readonly TicketOfUser[]): Promise<Set<string>> {
    const found = new Set<string>();
    for (let from = 0; from < tickets.length; from += TICKETS_PER_LOOK_UP) {
      const page = tickets.slice(from, from + TICKETS_PER_LOOK_UP);
      const noted = await this.snapshot.rows<TicketOfUser>(
        `SELECT epoch, ticket, user_id AS userId FROM voided_tickets WHERE coupon_id = ? AND (epoch, ticket) IN (?)`,
        [this.coupon.id, page.map(({ epoch, ticket }) => [epoch, ticket])],
      );
      for (const ticket of noted) found.add(nameOf(ticket));
    }
    return found;
  }

  close(): Promise<void> {
    return this.snapshot.close();
  }
}

const claimantOfRow = ({ userId, requestKey }: IssueOrigin): Claimant =>
  requestKey === null ? userId : withKey(userId, requestKey);

function claimOfRow({ epoch, ticket, reason }: IssueOrigin): Claim {
  if (epoch !== null && ticket !== null) return { kind: 'TICKET', epoch, ticket: Number(ticket) };
  return { kind: reason === 'LOST_IN_INCIDENT' ? 'LOST' : 'V1' };
}

function claimOfLetter(payload: string | AcceptedClaim): ClaimOfUser {
  const { userId, epoch, ticket } =
    typeof payload === 'string' ? (JSON.parse(payload) as AcceptedClaim) : payload;
  return { userId, claim: ticket === null ? { kind: 'LOST' } : { kind: 'TICKET', epoch, ticket } };
}
