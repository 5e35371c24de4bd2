import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Operator } from '../../campaign/audit-log.js';
import type { Coupon, GateView } from '../../coupon/coupon.js';
import {
  type AcceptedClaim,
  decideDiscard,
  decideSettlement,
  type Settlement,
} from '../../coupon/decide-settlement.js';
import type { Claimant, CouponId } from '../../coupon/ids.js';
import type { Issue } from '../../coupon/issue.js';
import { afterFailure, type DeadLetter, isOpen } from '../../dead-letters/dead-letter.js';
import {
  type DeadLetterList,
  DeadLetterStore,
  type DiscardOutcome,
  type RetryOutcome,
} from '../../dead-letters/dead-letter-store.js';
import { EntryFault } from '../../issuance/issue-store.js';
import { writeAudit } from './audit-rows.js';
import { lockCoupons } from './coupon-rows.js';
import { isDataFault } from './database.js';
import { causeOf, type DeadLetterRow, LETTER_COLUMNS, toDeadLetter } from './dead-letter-rows.js';
import { findExisting, writeSettlements } from './settle-batch.js';
import { type Transaction, UnitOfWork } from './unit-of-work.js';

/** Every index hands letters over in the order of the page, so that reading ends with it. */
const listSql = ({ couponId, state }: DeadLetterList): string => `
  SELECT ${LETTER_COLUMNS} FROM dead_letters
    FORCE INDEX (${couponId !== null ? 'dead_letters_coupon' : state !== null ? 'dead_letters_state' : 'PRIMARY'})
    WHERE ${couponId !== null ? 'coupon_id = ? AND ' : ''}${state !== null ? 'state = ? AND ' : ''}id < ?
    ORDER BY id DESC LIMIT ?`;

const FIND_SQL = `SELECT ${LETTER_COLUMNS} FROM dead_letters WHERE id = ?`;

const DUE_SQL = `
  SELECT id FROM dead_letters FORCE INDEX (dead_letters_due)
    WHERE next_attempt_at <= UTC_TIMESTAMP(3) ORDER BY next_attempt_at, id LIMIT ?`;

const COUNT_SQL =
  'SELECT COUNT(*) AS letters FROM dead_letters FORCE INDEX (dead_letters_state) WHERE state = ?';

const PURGE_SQL = `
  DELETE FROM dead_letters WHERE decided_at < UTC_TIMESTAMP(3) - INTERVAL ? SECOND ORDER BY decided_at LIMIT ?`;

type Decide = (coupon: Coupon, claim: AcceptedClaim, existing: ReadonlyMap<Claimant, Issue>) => Settlement;

const decideRetry: Decide = (coupon, claim, existing) => decideSettlement(coupon, [claim], existing);

@Injectable()
export class MysqlDeadLetterStore extends DeadLetterStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly unitOfWork: UnitOfWork,
  ) {
    super();
  }

  async find(id: number): Promise<DeadLetter | null> {
    const [row] = await this.read<DeadLetterRow>(FIND_SQL, [id]);
    return row ? toDeadLetter(row) : null;
  }

  async list(which: DeadLetterList): Promise<DeadLetter[]> {
    const { couponId, state, beforeId, limit } = which;
    const given = [couponId, state].filter((value) => value !== null);
    const rows = await this.read<DeadLetterRow>(listSql(which), [
      ...given,
      beforeId ?? Number.MAX_SAFE_INTEGER,
      limit,
    ]);
    return rows.map(toDeadLetter);
  }

  async findDue(limit: number): Promise<number[]> {
    return (await this.read<{ id: number }>(DUE_SQL, [limit])).map(({ id }) => Number(id));
  }

  async retry(id: number, by: Operator | null): Promise<RetryOutcome> {
    const known = await this.find(id);
    if (!known) return { outcome: 'NOT_FOUND' };
    try {
      return await this.unitOfWork.run((tx) => this.settle(tx, known, by));
    } catch (cause) {
      if (!(cause instanceof EntryFault) && !isDataFault(cause)) throw cause;
      const letter = await this.unitOfWork.run((tx) => noteFailure(tx, id, (cause as Error).message, by));
      return isOpen(letter) ? { outcome: 'FAILED_AGAIN', letter } : this.retry(id, by);
    }
  }

  async discard(id: number, by: Operator): Promise<DiscardOutcome> {
    const known = await this.find(id);
    if (!known) return { outcome: 'NOT_FOUND' };
    return this.unitOfWork.run(async (tx): Promise<DiscardOutcome> => {
      const coupon = await lockCoupon(tx, known.couponId);
      const letter = await lockLetter(tx, id);
      if (letter.state === 'DISCARDED') return { outcome: 'DISCARDED', letter, view: null };
      if (letter.state === 'SETTLED') return { outcome: 'NOT_POSSIBLE', letter };
      const view = coupon && letter.claim ? await settleClaim(tx, coupon, letter.claim, decideDiscard) : null;
      return { outcome: 'DISCARDED', ...(await end(tx, letter, 'DISCARDED', by, view)) };
    });
  }

  async purge(keptSeconds: number, limit: number): Promise<number> {
    const { affectedRows } = await this.unitOfWork.run((tx) => tx.write(PURGE_SQL, [keptSeconds, limit]));
    return affectedRows;
  }

  async countOpen(): Promise<{ waiting: number; permanentFailures: number }> {
    const count = async (state: DeadLetter['state']) =>
      Number((await this.read<{ letters: number }>(COUNT_SQL, [state]))[0]!.letters);
    return { waiting: await count('WAITING'), permanentFailures: await count('PERMANENT_FAILURE') };
  }

  private async settle(tx: Transaction, known: DeadLetter, by: Operator | null): Promise<RetryOutcome> {
    const coupon = await lockCoupon(tx, known.couponId);
    const letter = await lockLetter(tx, known.id);
    if (letter.state === 'SETTLED') return { outcome: 'SETTLED', letter, view: null };
    if (letter.state === 'DISCARDED' || !letter.claim) return { outcome: 'NOT_POSSIBLE', letter };
    if (!coupon) throw new EntryFault(`There is no coupon ${letter.couponId}.`);
    const view = await settleClaim(tx, coupon, letter.claim, decideRetry);
    return { outcome: 'SETTLED', ...(await end(tx, letter, 'SETTLED', by, view)) };
  }

  private read<Row>(sql: string, values: unknown[]): Promise<Row[]> {
    return this.unitOfWork.reading(() => this.dataSource.query<Row[]>(sql, values));
  }
}

async function lockCoupon(tx: Transaction, id: CouponId | null): Promise<Coupon | null> {
  return id === null ? null : ((await lockCoupons(tx, [id])).get(id) ?? null);
}

/** Behind the coupon's lock, as everywhere. */
async function lockLetter(tx: Transaction, id: number): Promise<DeadLetter> {
  const [row] = await tx.rows<DeadLetterRow>(`${FIND_SQL} FOR UPDATE`, [id]);
  return toDeadLetter(row!);
}

async function settleClaim(
  tx: Transaction,
  coupon: Coupon,
  claim: AcceptedClaim,
  decide: Decide,
): Promise<GateView | null> {
  const existing = await findExisting(tx, new Map([[coupon.id, [claim]]]));
  const settlement = decide(coupon, claim, existing.get(coupon.id) ?? new Map());
  const coupons = new Map([[coupon.id, coupon]]);
  const { views } = await writeSettlements(tx, coupons, new Map([[coupon.id, settlement]]));
  return views[0] ?? null;
}

async function end(
  tx: Transaction,
  letter: DeadLetter,
  state: 'SETTLED' | 'DISCARDED',
  by: Operator | null,
  view: GateView | null,
): Promise<{ letter: DeadLetter; view: GateView | null }> {
  const now = new Date();
  await tx.write('UPDATE dead_letters SET state = ?, next_attempt_at = NULL, updated_at = ? WHERE id = ?', [
    state,
    now,
    letter.id,
  ]);
  if (by) {
    await writeAudit(tx, by, {
      action: state === 'SETTLED' ? 'RETRY_DEAD_LETTER' : 'DISCARD_DEAD_LETTER',
      couponId: letter.couponId,
      before: { deadLetter: letter.id, state: letter.state, cause: letter.cause, payload: letter.payload },
      after: { deadLetter: letter.id, state },
    });
  }
  return { letter: { ...letter, state, nextAttemptAt: null, updatedAt: now.getTime() }, view };
}

async function noteFailure(
  tx: Transaction,
  id: number,
  cause: string,
  by: Operator | null,
): Promise<DeadLetter> {
  const letter = await lockLetter(tx, id);
  if (!isOpen(letter)) return letter;
  const now = Date.now();
  const failed = { ...afterFailure(letter, causeOf(cause), now), updatedAt: now };
  const { state, attempts, nextAttemptAt } = failed;
  await tx.write(
    `UPDATE dead_letters SET state = ?, attempts = ?, cause = ?, next_attempt_at = ?, updated_at = ? WHERE id = ?`,
    [
      state,
      attempts,
      failed.cause,
      nextAttemptAt === null ? null : new Date(nextAttemptAt),
      new Date(now),
      id,
    ],
  );
  if (by) {
    await writeAudit(tx, by, {
      action: 'RETRY_DEAD_LETTER',
      couponId: letter.couponId,
      before: { deadLetter: id, state: letter.state, attempts: letter.attempts, cause: letter.cause },
      after: { deadLetter: id, state, attempts, cause: failed.cause },
    });
  }
  return failed;
}
