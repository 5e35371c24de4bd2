import { Codec, messageSchema, newMessageId, type OutgoingMessage } from 'messaging';
import { z } from 'zod';
import type { AcceptedClaim } from '../coupon/decide-settlement.js';
import type { Claimant, CouponId } from '../coupon/ids.js';
import { sampledTraceparent } from '../tracing/traceparent.js';
import type { QueueEntry } from './issuance-queue.js';

/** Where claims go on to, and the group that decides them. */
export const ISSUE_REQUESTS = { topic: 'coupon-issue-requests', group: 'coupon-issuance' } as const;

export interface RequestTopic {
  topic: string;
  group: string;
}

/** Not more is asked of an entry here than by whoever reads it from the queue: what no row can hold, the rows refuse. */
const natural = z.number().min(1);
const claimants = z.array(z.string().transform((name) => name as Claimant));

/**
 * An entry of the queue on its way through a topic. `gateEpoch`: the epoch of the coupon's gate when the entry was read
 * for sending. `epoch`, `acceptedAt`: those of all its claims. `ticket`: that of the first user, the others follow.
 */
export const ISSUE_REQUESTED = messageSchema(
  'ISSUE_REQUESTED',
  1,
  z.strictObject({
    couponId: natural.transform((id) => id as CouponId),
    shard: z.number().int().nonnegative(),
    gateEpoch: natural,
    epoch: natural,
    acceptedAt: natural,
    ticket: natural,
    users: claimants,
    lost: claimants,
    traceContext: z.string().nullable(),
  }),
);

const codec = new Codec(ISSUE_REQUESTED);

/** What a message says; its entry has no id yet. */
export interface IssueRequest {
  shard: number;
  gateEpoch: number;
  entry: Omit<QueueEntry, 'id'>;
}

/** One message an entry, keyed by its coupon, so that those of one coupon keep their order. */
export function encodeIssueRequest({ shard, gateEpoch, entry }: IssueRequest): OutgoingMessage {
  const { couponId, claims, traceContext } = entry;
  const { epoch, acceptedAt } = claims[0]!;
  const key = String(couponId);
  const value = codec.encode({
    id: newMessageId(),
    type: 'ISSUE_REQUESTED',
    version: 1,
    key,
    sequence: null,
    occurredAt: acceptedAt,
    causation: null,
    correlation: null,
    body: {
      ...{ couponId, shard, gateEpoch, epoch, acceptedAt, traceContext },
      ticket: claims[0]!.ticket ?? 1,
      users: claims.flatMap(({ userId, ticket }) => (ticket === null ? [] : [userId])),
      lost: claims.flatMap(({ userId, ticket }) => (ticket === null ? [userId] : [])),
    },
  });
  return { key, value };
}

/** @throws UnreadableMessage */
export function decodeIssueRequest(value: string): IssueRequest {
  const { couponId, shard, gateEpoch, epoch, acceptedAt, ticket, users, lost, traceContext } =
    codec.decode(value).body;
  const claims: AcceptedClaim[] = [
    ...users.map((userId, i) => ({ userId, epoch, ticket: ticket + i, acceptedAt })),
    ...lost.map((userId) => ({ userId, epoch, ticket: null, acceptedAt })),
  ];
  return { shard, gateEpoch, entry: { couponId, claims, traceContext: sampledTraceparent(traceContext) } };
}
