import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CouponCore, type Traceparent } from 'coupon-core';
import { ByTrace } from '../http/request-spans.js';
import { BODY_REFUSALS } from '../openapi/call-description.js';
import { Described } from '../openapi/described.js';
import { type CompatibilityBody, compatibilityBody } from './compatibility.body.js';
import {
  type CompatibilityAnswer,
  compatibilityAnswerSchema,
  issueAnswer,
  requestAnswer,
} from './compatibility-answer.js';

const CALL = {
  caller: 'anybody',
  answers: {
    200: { description: 'Done, or refused with a comment.', body: compatibilityAnswerSchema },
  },
  refusals: ['VALIDATION_FAILED', ...BODY_REFUSALS],
} as const;

/**
 * The calls of an older service, for its clients. The user is whoever the body names, so this controller exists only
 * where callers are believed anyway, or where an operator has said so.
 */
@ApiTags('Compatibility')
@Controller()
export class CompatibilityController {
  constructor(private readonly core: CouponCore) {}

  @Post('v1/issue')
  @HttpCode(200)
  @Described({ operationId: 'compatIssue', summary: 'Issue at once, as V1 does', ...CALL })
  async issue(
    @Body({ schema: compatibilityBody }) { couponId, userId }: CompatibilityBody,
    @ByTrace() trace: Traceparent | undefined,
  ): Promise<CompatibilityAnswer> {
    return issueAnswer(await this.core.issue(couponId, userId, trace));
  }

  @Post('v1/issue-async')
  @HttpCode(200)
  @Described({
    operationId: 'compatIssueAsyncByLock',
    summary: "Join V2's queue behind V1's lock",
    ...CALL,
  })
  async requestInTurn(
    @Body({ schema: compatibilityBody }) { couponId, userId }: CompatibilityBody,
    @ByTrace() trace: Traceparent | undefined,
  ): Promise<CompatibilityAnswer> {
    return requestAnswer(await this.core.requestInTurn(couponId, userId, trace));
  }

  @Post('v2/issue-async')
  @HttpCode(200)
  @Described({ operationId: 'compatIssueAsync', summary: "Join V2's queue", ...CALL })
  async request(
    @Body({ schema: compatibilityBody }) { couponId, userId }: CompatibilityBody,
    @ByTrace() trace: Traceparent | undefined,
  ): Promise<CompatibilityAnswer> {
    return requestAnswer(await this.core.request(couponId, userId, null, trace));
  }
}
