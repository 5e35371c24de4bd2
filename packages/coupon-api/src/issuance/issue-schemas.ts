/** JSON schemas of the hot answers: Fastify compiles them to serializers, and /openapi.json shows them. */
const couponId = { type: 'integer' } as const;
const userId = { type: 'string' } as const;
const issueNumber = { type: 'integer', description: '1, 2, 3 … without a gap per coupon.' } as const;
const time = { type: 'string', format: 'date-time' } as const;
const ticket = { type: 'integer' } as const;
const claimStatus = { type: 'string', enum: ['PENDING', 'ISSUED', 'REJECTED', 'UNKNOWN'] } as const;
const reason = { type: 'string', enum: ['SOLD_OUT', 'LOST_IN_INCIDENT', 'DISCARDED'] } as const;
const position = { type: 'integer', description: 'Unpersisted claims of this coupon ahead.' } as const;

export const issueSchema = {
  type: 'object',
  required: ['couponId', 'userId', 'issueNumber', 'status', 'issuedAt', 'expiresAt'],
  properties: {
    couponId,
    userId,
    issueNumber,
    status: { type: 'string', enum: ['ISSUED'] },
    issuedAt: time,
    expiresAt: { type: ['string', 'null'], format: 'date-time' },
  },
} as const;

export const claimSchema = {
  type: 'object',
  required: ['couponId', 'userId', 'status', 'links'],
  properties: {
    couponId,
    userId,
    ticket,
    status: claimStatus,
    issueNumber,
    reason,
    position,
    estimatedWaitMs: { type: 'integer' },
    receipt: { type: 'string', description: 'Proves this claim; send it back as X-Receipt.' },
    links: { type: 'object', required: ['self'], properties: { self: { type: 'string' } } },
  },
} as const;

export const statusSchema = {
  type: 'object',
  required: ['status'],
  properties: {
    status: claimStatus,
    lifecycle: { type: 'string', enum: ['USED', 'CANCELLED', 'EXPIRED', 'REVOKED'] },
    ticket,
    issueNumber,
    position,
    reason,
    issuedAt: time,
  },
} as const;

export const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail', 'correlationId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string' },
    correlationId: { type: 'string' },
  },
} as const;
