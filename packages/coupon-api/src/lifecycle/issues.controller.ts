import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { type CouponId, TakeBackIssue } from 'coupon-core';
import type { FastifyRequest } from 'fastify';
import { Callers } from '../caller/callers.js';
import { couponIdParameter } from '../http/coupon-id.js';
import type { IssueBody } from '../issuance/issue-body.js';
import { Described } from '../openapi/described.js';
import { issueNumberParameter } from './issue-number.js';
import { TAKE_BACK_CALL, takenBack } from './taken-back.js';

/** What their owners, and services on their behalf, do with issues. */
@ApiTags('Issues')
@Controller('v1/coupons/:couponId/issues/:issueNumber')
export class IssuesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly callers: Callers,
  ) {}

  @Post('cancel')
  @HttpCode(200)
  @Described({
    operationId: 'cancelIssue',
    summary: 'Cancel an issue that was not used',
    description: [
      "Users cancel their own issue: another's is 404, as if there were none. The roles `service` and `admin` cancel",
      'everybody’s. Where the coupon says so, its unit is offered once more, under the next number; whoever cancelled',
      'does not get another.',
    ].join(' '),
    caller: 'user',
    ...TAKE_BACK_CALL,
  })
  async cancel(
    @Param('couponId', { schema: couponIdParameter }) couponId: CouponId,
    @Param('issueNumber', { schema: issueNumberParameter }) issueNumber: number,
    @Req() { headers, id: requestId }: FastifyRequest,
  ): Promise<IssueBody> {
    const { userId, roles } = await this.callers.callerOf(headers);
    // Both roles may act for everybody.
    const request =
      roles.size > 0
        ? { issueNumber, owner: null, by: { userId, requestId } }
        : { issueNumber, owner: userId, by: null };
    return takenBack(await this.commands.execute(new TakeBackIssue(couponId, request, 'CANCELLED')));
  }
}
