import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { ListAudit } from 'coupon-core';
import { AdminGuard } from '../caller/admin.guard.js';
import { Described } from '../openapi/described.js';
import { type AuditPageView, type AuditQuery, auditPage, auditPageSchema, auditQuery } from './audit-page.js';

/** What operators have changed. */
@ApiTags('Operators')
@Controller('admin/v1/audit')
@UseGuards(AdminGuard)
export class AuditController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Described({
    operationId: 'listAudit',
    summary: 'What operators have changed, newest first',
    description:
      'Every write of an operator, committed together with what it changed. Refused writes are not listed.',
    caller: 'operator',
    answers: { 200: { description: 'A page.', body: auditPageSchema } },
    refusals: [],
  })
  async list(@Query({ schema: auditQuery }) { couponId, cursor, limit }: AuditQuery): Promise<AuditPageView> {
    const page = { couponId: couponId ?? null, beforeId: cursor ?? null, limit: limit + 1 };
    return auditPage(await this.queries.execute(new ListAudit(page)), limit);
  }
}
