import { type CouponDefinition, faultsOf } from 'coupon-core';
import { z } from 'zod';

const QUANTITY_MAX = 1_000_000_000;
/** Minor units of the currency; far inside what a double and a BIGINT hold exactly. */
const MONEY_MAX = 1_000_000_000_000;
const TITLE_CHARACTERS_MAX = 200;
const METADATA_BYTES_MAX = 4_096;
/** All claims of one person lie in one bucket of the gate, which is to stay small. */
const PER_USER_LIMIT_MAX = 100;
const VALID_DAYS_MAX = 3_650;
const DEFAULT_CURRENCY = 'USD';
/** Later times, with days added, would leave the range of the database. */
const TIME_MAX = Date.UTC(2200, 0, 1);

const money = z.int().min(0).max(MONEY_MAX).describe('In minor units of `currency`.');

export const totalQuantity = z.int().min(1).max(QUANTITY_MAX).nullable().describe('null: unlimited.');

/** RFC 3339 with an offset, as milliseconds. */
const time = z.iso
  .datetime({
    offset: true,
    error: 'has to be a time in RFC 3339 with an offset, as in 2026-12-01T10:00:00Z',
  })
  .transform((text) => Date.parse(text))
  .refine((ms) => ms >= 0 && ms < TIME_MAX, { error: 'has to lie between the years 1970 and 2199' });

const discount = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('FIXED'),
    value: money.min(1),
    maxDiscount: z.null({ error: 'is for discounts of kind PERCENT only' }).default(null),
  }),
  z.strictObject({
    kind: z.literal('PERCENT'),
    value: z.int().min(1).max(100).describe('In percent.'),
    maxDiscount: money.min(1).nullable().default(null),
  }),
]) satisfies z.ZodType<CouponDefinition['discount']>;

/** Shallower than what either database accepts. */
const METADATA_DEPTH_MAX = 10;

/** Half of a surrogate pair is no character to a database, and past 2^53 a number is not the one that was sent. */
function isStorable(value: unknown, depth = 1): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth > METADATA_DEPTH_MAX) return false;
  return Object.entries(value).every(([key, part]) => key.isWellFormed() && isStorable(part, depth + 1));
}

const metadata = z
  .record(z.string(), z.unknown())
  .refine((value) => isStorable(value), {
    error: `has to be JSON at most ${METADATA_DEPTH_MAX} levels deep, of whole characters and exact numbers`,
  })
  .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= METADATA_BYTES_MAX, {
    error: `has to be at most ${METADATA_BYTES_MAX} bytes of JSON`,
  });

/** What /openapi.json shows. */
const EXAMPLE = {
  title: 'Ten percent off',
  type: 'FIRST_COME_FIRST_SERVED',
  totalQuantity: 1_000,
  discount: { kind: 'PERCENT', value: 10, maxDiscount: 5_000 },
  currency: DEFAULT_CURRENCY,
  minOrderAmount: 20_000,
  issueStartsAt: '2026-12-01T10:00:00+09:00',
  issueEndsAt: '2026-12-08T10:00:00+09:00',
  validForDays: 30,
  issueMode: 'BOTH',
};

/** Each field for itself; what they say of each other is the core's to judge. */
export const couponFields = z.strictObject({
  title: z
    .string()
    .trim()
    .min(1)
    .max(TITLE_CHARACTERS_MAX)
    .refine((text) => text.isWellFormed(), { error: 'has to be of whole characters' }),
  type: z.literal('FIRST_COME_FIRST_SERVED'),
  totalQuantity,
  discount,
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, { error: 'has to be three capital letters' })
    .default(DEFAULT_CURRENCY),
  minOrderAmount: money,
  issueStartsAt: time,
  issueEndsAt: time,
  validForDays: z.int().min(1).max(VALID_DAYS_MAX).nullable().default(null),
  expiresAt: time.nullable().default(null),
  issueMode: z.enum(['SYNC', 'ASYNC', 'BOTH']).default('BOTH'),
  admission: z
    .enum(['GATE', 'QUEUE'])
    .default('GATE')
    .describe(
      "Who decides about V2: a gate at once, so that 202 is a unit; or Kafka's reader in order of arrival, so that 202 is a place in line, and losers are REJECTED. QUEUE needs `KAFKA_BROKERS`.",
    ),
  lockStrategy: z
    .enum(['row', 'distributed'])
    .default('row')
    .describe(
      'How V1 takes turns: at the row alone, or by a lock in front of it; who does not get it goes to V2.',
    ),
  perUserLimit: z
    .int()
    .min(1)
    .max(PER_USER_LIMIT_MAX)
    .default(1)
    .describe(
      'Above 1, each request needs an `Idempotency-Key`, which tells the claims of one person apart.',
    ),
  returnCancelledUnits: z.boolean().default(false),
  metadata: metadata.nullable().default(null),
});

/** The body of `POST /admin/v1/coupons`, turned into what the core takes. */
export const createCouponBody = couponFields
  .superRefine((definition, context) => {
    for (const { field, fault } of faultsOf(definition))
      context.addIssue({ code: 'custom', path: [field], message: fault });
  })
  .meta({ id: 'CouponDefinition', example: EXAMPLE });
