/** Answers of the system's shape, so that a baseline pays the same for writing them. */
export const claimSchema = {
  type: 'object',
  properties: {
    couponId: { type: 'integer' },
    userId: { type: 'string' },
    ticket: { type: 'integer' },
    status: { type: 'string' },
    position: { type: 'integer' },
    estimatedWaitMs: { type: 'integer' },
    receipt: { type: 'string' },
    links: { type: 'object', properties: { self: { type: 'string' } } },
  },
};

export const issueSchema = {
  type: 'object',
  properties: {
    couponId: { type: 'integer' },
    userId: { type: 'string' },
    status: { type: 'string' },
    issueNumber: { type: 'integer' },
    issuedAt: { type: 'string' },
  },
};

export const problemSchema = { type: 'object', properties: { code: { type: 'string' } } };

/** What a claim says besides its user and ticket; as long as the system's own. */
export const constantClaim = {
  couponId: 1,
  ticket: 1,
  status: 'PENDING',
  position: 0,
  estimatedWaitMs: 0,
  receipt: '1.00000000.1.1.1.1700000000000.AAAAAAAAAAAAAAAAAAAAAA',
  links: { self: '/v2/coupons/1/issues/me' },
};

const integer = { type: 'integer' } as const;
const text = { type: 'string' } as const;

export const couponSchema = {
  type: 'object',
  properties: {
    id: integer,
    title: text,
    type: text,
    state: text,
    issueMode: text,
    totalQuantity: integer,
    issuedQuantity: integer,
    remaining: integer,
    discount: {
      type: 'object',
      properties: { kind: text, value: integer, maxDiscount: { type: 'integer', nullable: true } },
    },
    currency: text,
    minOrderAmount: integer,
    issueStartsAt: text,
    issueEndsAt: text,
    validForDays: integer,
    expiresAt: { type: 'string', nullable: true },
    perUserLimit: integer,
    metadata: { type: 'object', nullable: true },
    asOf: text,
  },
};
