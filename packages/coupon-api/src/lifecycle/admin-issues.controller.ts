import { Controller, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { type CouponId, type Operator, TakeBackIssue } from 'coupon-core';
import { AdminGuard } from '../caller/admin.guard.js';
import { ByOperator } from '../caller/operator.js';
import { couponIdParameter } from '../http/coupon-id.js';
import type { IssueBody } from '../issuance/issue-body.js';
import { Described } from '../openapi/described.js';
import { issueNumberParameter } from './issue-number.js';
import { TAKE_BACK_CALL, takenBack } from './taken-back.js';

/** What operators do with the issues of others. */
@ApiTags('Operators')
@Controller('admin/v1/coupons/:couponId/issues/:issueNumber')
@UseGuards(AdminGuard)
export class AdminIssuesController {
  constructor(private readonly commands: CommandBus) {}

  @Post('revoke')
  @HttpCode(200)
  @Described({
    operationId: 'revokeIssue',
    summary: 'Revoke an issue that was not used',
    description: 'As cancelling, by the word of an operator: its unit goes back where the coupon says so.',
    caller: 'operator',
    ...TAKE_BACK_CALL,
  })
  async revoke(
    @Param('couponId', { schema: couponIdParameter }) couponId: CouponId,
    @Param('issueNumber', { schema: issueNumberParameter }) issueNumber: number,
    @ByOperator() by: Operator,
  ): Promise<IssueBody> {
    const request = { issueNumber, owner: null, by };
    return takenBack(await this.commands.execute(new TakeBackIssue(couponId, request, 'REVOKED')));
  }
}
