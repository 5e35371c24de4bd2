import { REFUSAL_CODES } from 'coupon-core';
import type { problemSchema } from '../http/problem-schema.js';
import { BODY_REFUSALS, type CallDescription } from '../openapi/call-description.js';
import { claimSchema, issueSchema, statusSchema } from './issue-schemas.js';

export interface IssuanceCall extends CallDescription {
  method: 'get' | 'post';
  /** As Fastify reads it. */
  url: string;
  answers: Readonly<Record<number, { description: string; schema: AnswerSchema }>>;
  takesReceipt: boolean;
}

export type AnswerSchema =
  | typeof claimSchema
  | typeof issueSchema
  | typeof statusSchema
  | typeof problemSchema;

export const ISSUE_BY_V1 = {
  method: 'post',
  url: '/v1/coupons/:couponId/issues',
  operationId: 'issueCoupon',
  summary: 'Get the coupon at once',
  caller: 'user',
  answers: {
    200: { description: 'A repeat: the issue that the caller has already.', schema: issueSchema },
    201: { description: 'Issued.', schema: issueSchema },
    202: { description: 'Handed over to the queue, now or by an earlier call of V2.', schema: claimSchema },
  },
  refusals: [...REFUSAL_CODES, ...BODY_REFUSALS],
  takesReceipt: false,
} as const satisfies IssuanceCall;

export const REQUEST_BY_V2 = {
  method: 'post',
  url: '/v2/coupons/:couponId/issues',
  operationId: 'requestCoupon',
  summary: 'Take a ticket for the coupon; the issue follows',
  description: 'A repeat answers the same claim, same ticket, with its present status.',
  caller: 'user',
  answers: {
    200: { description: 'The caller has won by V1.', schema: issueSchema },
    202: { description: 'The claim.', schema: claimSchema },
  },
  refusals: [...REFUSAL_CODES, ...BODY_REFUSALS],
  takesReceipt: true,
} as const satisfies IssuanceCall;

export const OWN_STATUS = {
  method: 'get',
  url: '/v2/coupons/:couponId/issues/me',
  operationId: 'getOwnStatus',
  summary: 'What became of the own claim',
  description:
    '`status` ends `ISSUED` or `REJECTED` and never changes then; `lifecycle` tells what happens afterwards. Where one person may have several, the `Idempotency-Key` says which.',
  caller: 'user',
  answers: {
    200: {
      description:
        '`UNKNOWN` while a server that would know is away, and for a receipt whose claim was lost.',
      schema: statusSchema,
    },
  },
  refusals: ['COUPON_NOT_FOUND', 'IDEMPOTENCY_KEY_REQUIRED', 'NOT_REQUESTED'],
  takesReceipt: true,
} as const satisfies IssuanceCall;

export const ISSUANCE_CALLS: readonly IssuanceCall[] = [ISSUE_BY_V1, REQUEST_BY_V2, OWN_STATUS];
