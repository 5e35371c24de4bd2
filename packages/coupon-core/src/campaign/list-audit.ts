import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type AuditEntry, AuditLog, type AuditPage } from './audit-log.js';

/** What operators have changed, newest first. */
export class ListAudit extends Query<AuditEntry[]> {
  constructor(readonly page: AuditPage) {
    super();
  }
}

@QueryHandler(ListAudit)
export class ListAuditHandler implements IQueryHandler<ListAudit> {
  constructor(private readonly audit: AuditLog) {}

  execute({ page }: ListAudit): Promise<AuditEntry[]> {
    return this.audit.list(page);
  }
}
