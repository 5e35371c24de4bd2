import { Codec, messageSchema } from 'messaging';
import { z } from 'zod';

/** The topic of everything that happened to coupons; its key is the coupon's id, its sequence counts per coupon. */
export const COUPON_EVENTS = 'coupon-events';

const couponId = z.number().int().positive();
const issueNumber = z.number().int().positive();
const userId = z.string().min(1).max(64);
const time = z.number().int();

/** One batch at one door: the user at place i has the issue number `firstIssueNumber` + i. */
const issued = messageSchema(
  'ISSUED',
  1,
  z.strictObject({ couponId, firstIssueNumber: issueNumber, userIds: z.array(userId).min(1) }),
);

/** Claims that were accepted and ended without a coupon. */
const rejected = messageSchema(
  'REJECTED',
  1,
  z.strictObject({ couponId, claims: z.array(z.strictObject({ userId, reason: z.string() })).min(1) }),
);

/** Issues that were taken back: by their owners (`CANCELLED`), or by an operator (`REVOKED`). */
const cancelled = messageSchema(
  'CANCELLED',
  1,
  z.strictObject({
    couponId,
    lifecycle: z.enum(['CANCELLED', 'REVOKED']),
    issues: z.array(z.strictObject({ userId, issueNumber })).min(1),
  }),
);

const campaign = z.strictObject({
  couponId,
  change: z.enum(['CREATED', 'EDITED', 'MOVED', 'TOTAL_CHANGED']),
  title: z.string(),
  state: z.enum(['DRAFT', 'OPEN', 'PAUSED', 'CLOSED']),
  totalQuantity: z.number().int().nullable(),
  issueMode: z.enum(['SYNC', 'ASYNC', 'BOTH']),
  issueStartsAt: time,
  issueEndsAt: time,
  perUserLimit: z.number().int(),
});

/** Not written any more; topics keep it for as long as they keep events. */
const campaignChangedBefore = messageSchema('CAMPAIGN_CHANGED', 1, campaign);

/** The campaign as it is behind the change. */
const campaignChanged = messageSchema(
  'CAMPAIGN_CHANGED',
  2,
  campaign.extend({ admission: z.enum(['GATE', 'QUEUE']) }),
);

export const couponEvent = z.discriminatedUnion('type', [
  issued,
  rejected,
  cancelled,
  z.discriminatedUnion('version', [campaignChangedBefore, campaignChanged]),
]);

export type CouponEvent = z.infer<typeof couponEvent>;

/** What is written of an event; the rest of the envelope is the same for all. */
export type CouponEventContent = CouponEvent extends infer Event
  ? Event extends CouponEvent
    ? Pick<Event, 'type' | 'version' | 'body'>
    : never
  : never;

export const couponEvents = new Codec<CouponEvent>(couponEvent);
