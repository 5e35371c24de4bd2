import { Injectable } from '@nestjs/common';
import type { Pool } from 'mysql2';
import { claimantOf } from '../../coupon/claimant.js';
import type { Claimant, CouponId } from '../../coupon/ids.js';
import type { Issue } from '../../coupon/issue.js';
import { Combiner } from '../../issuance/combiner.js';
import { IssueReader, StoreUnavailable } from '../../issuance/issue-store.js';
import { measured } from '../../metrics/plain-metrics.js';
import { BatchFigures, readSeconds } from '../../metrics/process-metrics.js';
import { type Guard, UNGUARDED } from '../circuit-breaker.js';
import { sendSql } from './database.js';
import { findIssuesSql, type IssueRow, toIssue } from './issue-rows.js';

const LIMITS = { membersMax: 200, inFlightMax: 4, pendingMax: 20_000, deadlineMs: 3_000 };
const STATEMENT_TIMEOUT_MS = 3_000;

interface LookUp {
  couponId: CouponId;
  claimant: Claimant;
}

@Injectable()
export class MysqlIssueReader extends IssueReader {
  private readonly combiner = new Combiner<'rows', LookUp, Issue | null>(
    LIMITS,
    (_key, lookUps) => this.guard.run(() => this.findTogether(lookUps)),
    new BatchFigures('rows'),
  );

  constructor(
    private readonly pool: Pool,
    private readonly guard: Guard = UNGUARDED,
  ) {
    super();
  }

  find(couponId: CouponId, claimant: Claimant): Promise<Issue | null> {
    return this.combiner.submit('rows', { couponId, claimant });
  }

  private async findTogether(lookUps: readonly LookUp[]): Promise<(Issue | null)[]> {
    const claimants = new Map<CouponId, Claimant[]>();
    for (const { couponId, claimant } of lookUps) {
      const ofCoupon = claimants.get(couponId);
      if (ofCoupon) ofCoupon.push(claimant);
      else claimants.set(couponId, [claimant]);
    }
    const found = new Map<string, Issue>();
    const rows = await measured(readSeconds, () => this.read(findIssuesSql(claimants)));
    for (const issue of rows.map(toIssue)) found.set(`${issue.couponId}:${claimantOf(issue)}`, issue);
    return lookUps.map(({ couponId, claimant }) => found.get(`${couponId}:${claimant}`) ?? null);
  }

  private read(sql: string): Promise<IssueRow[]> {
    return sendSql<IssueRow[]>(this.pool, { sql, timeout: STATEMENT_TIMEOUT_MS }).catch((cause: unknown) => {
      throw new StoreUnavailable('The rows could not be read.', { cause });
    });
  }
}
