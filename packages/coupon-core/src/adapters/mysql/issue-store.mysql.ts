import { Injectable } from '@nestjs/common';
import type { Operator } from '../../campaign/audit-log.js';
import { claimantOf } from '../../coupon/claimant.js';
import { type Coupon, type GateView, hasGate } from '../../coupon/coupon.js';
import { decideIssues } from '../../coupon/decide-issue.js';
import { type ClaimName, decideSettlement } from '../../coupon/decide-settlement.js';
import type { TakenBack } from '../../coupon/decide-take-back.js';
import type { Claimant, CouponId } from '../../coupon/ids.js';
import type { Issue } from '../../coupon/issue.js';
import type { QueueEntry } from '../../issuance/issuance-queue.js';
import {
  type DeadEntry,
  EntryFault,
  type IssueNowResult,
  IssueStore,
  type RebuildRows,
  type SettleResult,
  type TakeBackRequest,
  type TakeBackResult,
} from '../../issuance/issue-store.js';
import type { Traceparent } from '../../tracing/traceparent.js';
import { writeAudit } from './audit-rows.js';
import type { CouponRow } from './coupon.row.js';
import { CLOCK_SQL, couponsById, lockCoupons, lockCouponsSql, writeIssues } from './coupon-rows.js';
import { isDataFault, isDuplicateKey } from './database.js';
import { insertDeadLetters } from './dead-letter-rows.js';
import { findIssuesSql, type IssueRow } from './issue-rows.js';
import { MysqlRebuildRows } from './rebuild-rows.js';
import { RecentRepeats } from './recent-repeats.js';
import { type BatchMode, byClaimant, findExisting, settleBatch } from './settle-batch.js';
import { takeBackTogether } from './take-back-together.js';
import { findUndecided } from './undecided-claims.js';
import { CommitOutcomeUnknown, type Transaction, UnitOfWork } from './unit-of-work.js';

/** Claims of one look-up. */
const CLAIMS_PER_LOOK_UP = 500;

@Injectable()
export class MysqlIssueStore extends IssueStore {
  private readonly repeats = new RecentRepeats();

  constructor(private readonly unitOfWork: UnitOfWork) {
    super();
  }

  async issueNow(
    couponId: CouponId,
    requesters: readonly Claimant[],
    trace?: Traceparent,
  ): Promise<IssueNowResult> {
    const unit = (mode: BatchMode) =>
      this.unitOfWork.run((tx) => {
        if (trace !== undefined) tx.traced(couponId, trace);
        return issueTogether(tx, couponId, requesters, mode, this.repeats);
      });
    try {
      return await unit(this.repeats.has(couponId) ? 'LOOK_UP_FIRST' : 'INSERT_FIRST');
    } catch (cause) {
      if (isDuplicateKey(cause)) this.repeats.add(couponId);
      else if (!(cause instanceof CommitOutcomeUnknown)) throw cause;
      // Run again it finds, under the same lock, what was there before, and reads it as a repeat.
      return unit('LOOK_UP_FIRST');
    }
  }

  async settle(entries: readonly QueueEntry[], epochs: ReadonlyMap<CouponId, number>): Promise<SettleResult> {
    const settle = (mode: BatchMode) =>
      this.unitOfWork.run((tx) => settleBatch(tx, entries, epochs, mode, this.repeats));
    try {
      return await settle('INSERT_FIRST').catch((cause) => {
        if (isDuplicateKey(cause)) return settle('LOOK_UP_FIRST');
        throw cause;
      });
    } catch (cause) {
      if (isDataFault(cause)) throw new EntryFault((cause as Error).message, { cause });
      throw cause;
    }
  }

  async takeBack(
    couponId: CouponId,
    members: readonly TakeBackRequest[],
    as: TakenBack,
  ): Promise<TakeBackResult> {
    const unit = () => this.unitOfWork.run((tx) => takeBackTogether(tx, couponId, members, as));
    try {
      return await unit();
    } catch (cause) {
      if (!(cause instanceof CommitOutcomeUnknown)) throw cause;
      // Run again it finds the issues taken back, or still has to do it.
      return unit();
    }
  }

  async keepDeadLetters(dead: readonly DeadEntry[], cause: string): Promise<void> {
    await this.unitOfWork.run((tx) => insertDeadLetters(tx, dead, cause));
  }

  async mintEpoch(couponId: CouponId, by?: Operator): Promise<number | null> {
    return this.unitOfWork.run(async (tx) => {
      const { affectedRows } = await tx.write(
        'UPDATE coupons SET epoch_minted = epoch_minted + 1 WHERE id = ?',
        [couponId],
      );
      if (affectedRows === 0) return null;
      const [row] = await tx.rows<{ epoch: number }>(
        'SELECT epoch_minted AS epoch FROM coupons WHERE id = ?',
        [couponId],
      );
      const { epoch } = row!;
      if (by) await writeAudit(tx, by, { action: 'REBUILD', couponId, before: null, after: { epoch } });
      return epoch;
    });
  }

  async activateEpoch(couponId: CouponId, epoch: number): Promise<RebuildRows | null> {
    const { affectedRows } = await this.unitOfWork.run((tx) =>
      tx.write(
        `UPDATE coupons SET epoch = ?, gate_version = gate_version + 1, version = version + 1
           WHERE id = ? AND epoch_minted = ? AND epoch < ?`,
        [epoch, couponId, epoch, epoch],
      ),
    );
    if (affectedRows === 0) return null;
    // Only now: no batch of an earlier epoch is under way any more, and what V1 does meanwhile moves counters and rows
    // together. So the lock need not be held while the rows are read.
    return MysqlRebuildRows.read(await this.unitOfWork.openSnapshot(), couponId);
  }

  async markBuilt(couponId: CouponId, epoch: number): Promise<void> {
    await this.unitOfWork.run((tx) =>
      tx.write('UPDATE coupons SET epoch_built = GREATEST(epoch_built, ?) WHERE id = ?', [epoch, couponId]),
    );
  }

  async findUndecided(couponId: CouponId, claims: readonly ClaimName[]): Promise<ClaimName[]> {
    const undecided: ClaimName[] = [];
    for (let from = 0; from < claims.length; from += CLAIMS_PER_LOOK_UP) {
      const some = claims.slice(from, from + CLAIMS_PER_LOOK_UP);
      undecided.push(...(await this.unitOfWork.run((tx) => findUndecided(tx, couponId, some))));
    }
    return undecided;
  }

  async countDeadLetters(couponId: CouponId): Promise<number> {
    const [row] = await this.unitOfWork.run((tx) =>
      tx.rows<{ count: number }>(
        `SELECT COUNT(*) AS count FROM dead_letters FORCE INDEX (dead_letters_coupon)
           WHERE coupon_id = ? AND state IN ('WAITING', 'PERMANENT_FAILURE')`,
        [couponId],
      ),
    );
    return Number(row!.count);
  }

  async markShrunk(couponId: CouponId, epoch: number): Promise<void> {
    await this.unitOfWork.run((tx) =>
      tx.write('UPDATE coupons SET epoch_shrunk = GREATEST(epoch_shrunk, ?) WHERE id = ?', [epoch, couponId]),
    );
  }

  async recordLost(couponId: CouponId, userId: Claimant): Promise<void> {
    await this.unitOfWork.run(async (tx) => {
      const coupons = await lockCoupons(tx, [couponId]);
      const coupon = coupons.get(couponId)!;
      const lost = { userId, epoch: coupon.epoch, ticket: null, acceptedAt: 0 };
      const existing = await findExisting(tx, new Map([[couponId, [lost]]]));
      const { rejected } = decideSettlement(coupon, [lost], existing.get(couponId) ?? new Map());
      writeIssues(tx, coupons, rejected, []);
    });
  }

  async noteDrivenAgain(couponId: CouponId, claims: number, by: Operator): Promise<void> {
    await this.unitOfWork.run((tx) =>
      writeAudit(tx, by, { action: 'RECONCILE', couponId, before: null, after: { drivenAgain: claims } }),
    );
  }
}

/**
 * Nobody is looked up where everybody of the batch would be issued: whoever has a row already makes the insert fail.
 * Where somebody would be refused, the rows are asked first, because a winner's repeat is never a refusal.
 */
async function issueTogether(
  tx: Transaction,
  couponId: CouponId,
  requesters: readonly Claimant[],
  mode: BatchMode,
  repeats: RecentRepeats,
): Promise<IssueNowResult> {
  const look = findIssuesSql(new Map([[couponId, requesters]]));
  const lock = [lockCouponsSql([couponId]), CLOCK_SQL];
  const [rows, [clock], earlier] = await tx.together<[CouponRow[], { now: Date }[], IssueRow[]?]>(
    mode === 'LOOK_UP_FIRST' ? [...lock, look] : lock,
  );
  const coupons = couponsById(rows);
  const coupon = coupons.get(couponId);
  if (!coupon || coupon.state === 'DRAFT') return { found: false };
  const decide = (found: IssueRow[]) =>
    decideIssues(coupon, clock!.now.getTime(), requesters, byClaimant(found));
  let decisions = decide(earlier ?? []);
  // Where a person may have several, whoever has a row already is nothing rare.
  if (!earlier && (coupon.perUserLimit > 1 || decisions.some(({ outcome }) => outcome === 'REFUSED'))) {
    repeats.add(couponId);
    decisions = decide(await tx.rows<IssueRow>(look));
  }
  const issued = decisions.flatMap((decision) => (decision.outcome === 'ISSUED' ? [decision.issue] : []));
  if (issued.length === 0) return { found: true, coupon, decisions, update: null };
  const change = { couponId, issued: issued.length, issuedByV1: issued.length, givenBack: 0, returned: 0 };
  const [view] = writeIssues(tx, coupons, issued, [change]);
  return { found: true, coupon, decisions, update: updateOf(coupon, view!, issued) };
}

/** A coupon without a gate has none to tell. */
function updateOf(coupon: Coupon, view: GateView, issued: readonly Issue[]) {
  return hasGate(coupon) ? { view, issuedByV1: issued.map(claimantOf) } : null;
}
