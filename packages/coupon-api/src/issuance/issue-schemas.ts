/** JSON schemas of the hot answers, as /openapi.json shows them under their titles. */
const couponId = { type: 'integer' } as const;
const userId = { type: 'string' } as const;
const issueNumber = { type: 'integer', description: '1, 2, 3 … without a gap per coupon.' } as const;
const time = { type: 'string', format: 'date-time' } as const;
const ticket = { type: 'integer', description: 'Place in the order of admission.' } as const;
const claimStatus = { type: 'string', enum: ['PENDING', 'ISSUED', 'REJECTED', 'UNKNOWN'] } as const;
const lifecycle = {
  type: 'string',
  enum: ['USED', 'CANCELLED', 'EXPIRED', 'REVOKED'],
  description: 'What happened to the issue afterwards; absent: nothing.',
} as const;
const reason = {
  type: 'string',
  enum: ['SOLD_OUT', 'ALREADY_ISSUED', 'LOST_IN_INCIDENT', 'DISCARDED'],
} as const;
const position = { type: 'integer', description: 'Unpersisted claims of this coupon ahead.' } as const;

export const issueSchema = {
  title: 'Issue',
  type: 'object',
  required: ['couponId', 'userId', 'issueNumber', 'status', 'issuedAt', 'expiresAt'],
  properties: {
    couponId,
    userId,
    issueNumber,
    status: { type: 'string', enum: ['ISSUED'] },
    issuedAt: time,
    expiresAt: { type: ['string', 'null'], format: 'date-time', description: 'null: never.' },
    lifecycle,
  },
} as const;

export const claimSchema = {
  title: 'Claim',
  type: 'object',
  required: ['couponId', 'userId', 'status', 'links'],
  properties: {
    couponId,
    userId,
    ticket,
    status: claimStatus,
    issueNumber,
    lifecycle,
    reason,
    position,
    estimatedWaitMs: {
      type: 'integer',
      description:
        'What waits, by the drain rate of the last 10 s; in a waiting line with a pace, how long at the most.',
    },
    receipt: { type: 'string', description: 'Proves this claim; send it back as X-Receipt.' },
    links: {
      type: 'object',
      required: ['self'],
      properties: { self: { type: 'string', description: 'Path of the present status.' } },
    },
  },
} as const;

export const statusSchema = {
  title: 'ClaimStatus',
  type: 'object',
  required: ['status'],
  properties: {
    status: claimStatus,
    lifecycle,
    ticket,
    issueNumber,
    position,
    reason,
    issuedAt: time,
  },
} as const;
