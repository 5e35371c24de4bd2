import { Injectable } from '@nestjs/common';
import type { Coupon, GateView } from '../../coupon/coupon.js';
import { decideIssues } from '../../coupon/decide-issue.js';
import type { AcceptedClaim } from '../../coupon/decide-settlement.js';
import type { CouponId, UserId } from '../../coupon/ids.js';
import type { Issue } from '../../coupon/issue.js';
import type { QueueEntry, UnreadableEntry } from '../../issuance/issuance-queue.js';
import {
  EntryFault,
  type IssueNowResult,
  IssueStore,
  type RebuildRows,
  type SettleResult,
} from '../../issuance/issue-store.js';
import type { CouponRow } from './coupon.row.js';
import { CLOCK_SQL, couponsById, lockCouponsSql, writeIssues } from './coupon-rows.js';
import { isDataFault, isDuplicateKey } from './database.js';
import { insertDeadLetters } from './dead-letter-rows.js';
import { findIssuesSql, type IssueRow, toIssue } from './issue-rows.js';
import { readRebuildRows } from './rebuild-rows.js';
import { type SettleMode, settleBatch } from './settle-batch.js';
import { CommitOutcomeUnknown, type Transaction, UnitOfWork } from './unit-of-work.js';

@Injectable()
export class MysqlIssueStore extends IssueStore {
  constructor(private readonly unitOfWork: UnitOfWork) {
    super();
  }

  async issueNow(couponId: CouponId, users: readonly UserId[]): Promise<IssueNowResult> {
    const unit = () => this.unitOfWork.run((tx) => issueTogether(tx, couponId, users));
    try {
      return await unit();
    } catch (cause) {
      // Run again it finds, under the same lock, what the first run left, and reads it as a repeat.
      if (cause instanceof CommitOutcomeUnknown) return unit();
      throw cause;
    }
  }

  async settle(entries: readonly QueueEntry[], epochs: ReadonlyMap<CouponId, number>): Promise<SettleResult> {
    const settle = (mode: SettleMode) => this.unitOfWork.run((tx) => settleBatch(tx, entries, epochs, mode));
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

  async keepDeadLetters(
    shard: number,
    dead: readonly ({ entry: QueueEntry; claims: AcceptedClaim[] } | { unreadable: UnreadableEntry })[],
    cause: string,
  ): Promise<void> {
    await this.unitOfWork.run((tx) => insertDeadLetters(tx, shard, dead, cause));
  }

  async mintEpoch(couponId: CouponId): Promise<number | null> {
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
      return row!.epoch;
    });
  }

  async activateEpoch(couponId: CouponId, epoch: number): Promise<RebuildRows | null> {
    return this.unitOfWork.run(async (tx) => {
      const { affectedRows } = await tx.write(
        `UPDATE coupons SET epoch = ?, gate_version = gate_version + 1, version = version + 1
           WHERE id = ? AND epoch_minted = ? AND epoch < ?`,
        [epoch, couponId, epoch, epoch],
      );
      return affectedRows === 0 ? null : readRebuildRows(tx, couponId);
    });
  }

  async markBuilt(couponId: CouponId, epoch: number): Promise<void> {
    await this.unitOfWork.run((tx) =>
      tx.write('UPDATE coupons SET epoch_built = GREATEST(epoch_built, ?) WHERE id = ?', [epoch, couponId]),
    );
  }
}

async function issueTogether(
  tx: Transaction,
  couponId: CouponId,
  users: readonly UserId[],
): Promise<IssueNowResult> {
  const [rows, [clock], earlier] = await tx.together<[CouponRow[], { now: Date }[], IssueRow[]]>([
    lockCouponsSql([couponId]),
    CLOCK_SQL,
    findIssuesSql(new Map([[couponId, users]])),
  ]);
  const coupons = couponsById(rows);
  const coupon = coupons.get(couponId);
  if (!coupon || coupon.state === 'DRAFT') return { found: false };
  const existing = new Map(earlier.map((row) => [row.userId as UserId, toIssue(row)]));
  const decisions = decideIssues(coupon, clock!.now.getTime(), users, existing);
  const issued = decisions.flatMap((decision) => (decision.outcome === 'ISSUED' ? [decision.issue] : []));
  if (issued.length === 0) return { found: true, coupon, decisions, update: null };
  const change = { couponId, issued: issued.length, issuedByV1: issued.length, returned: 0 };
  const [view] = await writeIssues(tx, coupons, issued, [change]);
  return { found: true, coupon, decisions, update: updateOf(coupon, view!, issued) };
}

/** A coupon that V2 does not serve has no gate to tell. */
function updateOf(coupon: Coupon, view: GateView, issued: readonly Issue[]) {
  return coupon.issueMode === 'SYNC' ? null : { view, issuedByV1: issued.map((issue) => issue.userId) };
}
