import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type AuditEntry, AuditLog, type AuditPage } from '../../campaign/audit-log.js';
import { type AuditRow, listAuditSql, toAuditEntry } from './audit-rows.js';
import { UnitOfWork } from './unit-of-work.js';

@Injectable()
export class MysqlAuditLog extends AuditLog {
  constructor(
    private readonly dataSource: DataSource,
    private readonly unitOfWork: UnitOfWork,
  ) {
    super();
  }

  async list({ couponId, beforeId, limit }: AuditPage): Promise<AuditEntry[]> {
    const before = beforeId ?? Number.MAX_SAFE_INTEGER;
    const rows: AuditRow[] = await this.unitOfWork.reading(() =>
      couponId === null
        ? this.dataSource.query(listAuditSql(false), [before, limit])
        : this.dataSource.query(listAuditSql(true), [couponId, before, limit]),
    );
    return rows.map(toAuditEntry);
  }
}
