import { Injectable } from '@nestjs/common';
import type { Pool, RowDataPacket } from 'mysql2';
import type { CouponId, UserId } from '../../coupon/ids.js';
import type { Issue } from '../../coupon/issue.js';
import { Combiner } from '../../issuance/combiner.js';
import { IssueReader, StoreUnavailable } from '../../issuance/issue-store.js';
import { BatchFigures } from '../../metrics/process-metrics.js';
import { findIssuesSql, type IssueRow, toIssue } from './issue-rows.js';

const LIMITS = { membersMax: 200, inFlightMax: 4, pendingMax: 20_000, deadlineMs: 3_000 };
const STATEMENT_TIMEOUT_MS = 3_000;

interface LookUp {
  couponId: CouponId;
  userId: UserId;
}

@Injectable()
export class MysqlIssueReader extends IssueReader {
  private readonly combiner = new Combiner<'rows', LookUp, Issue | null>(
    LIMITS,
    (_key, lookUps) => this.findTogether(lookUps),
    new BatchFigures('rows'),
  );

  constructor(private readonly pool: Pool) {
    super();
  }

  find(couponId: CouponId, userId: UserId): Promise<Issue | null> {
    return this.combiner.submit('rows', { couponId, userId });
  }

  private async findTogether(lookUps: readonly LookUp[]): Promise<(Issue | null)[]> {
    const users = new Map<CouponId, UserId[]>();
    for (const { couponId, userId } of lookUps) {
      const ofCoupon = users.get(couponId);
      if (ofCoupon) ofCoupon.push(userId);
      else users.set(couponId, [userId]);
    }
    const found = new Map<string, Issue>();
    for (const row of await this.read(findIssuesSql(users)))
      found.set(`${row.couponId}:${row.userId}`, toIssue(row));
    return lookUps.map(({ couponId, userId }) => found.get(`${couponId}:${userId}`) ?? null);
  }

  private read(sql: string): Promise<IssueRow[]> {
    return new Promise((resolve, reject) => {
      this.pool.query<(IssueRow & RowDataPacket)[]>({ sql, timeout: STATEMENT_TIMEOUT_MS }, (cause, rows) =>
        cause ? reject(new StoreUnavailable('The rows could not be read.', { cause })) : resolve(rows),
      );
    });
  }
}
