import { Codec, messageSchema, newMessageId, type OutgoingMessage } from 'messaging';
import { z } from 'zod';
import { type AcceptedClaim, WITHOUT_GATE } from '../coupon/decide-settlement.js';
import type { Claimant, CouponId } from '../coupon/ids.js';
import { sampledTraceparent, type Traceparent } from '../tracing/traceparent.js';
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

/** Requests of one coupon that no gate has judged, in the order in which they came; all of one tick of one process. */
export const DIRECTLY_REQUESTED = messageSchema(
  'DIRECTLY_REQUESTED',
  1,
  z.strictObject({
    couponId: natural.transform((id) => id as CouponId),
    acceptedAt: natural,
    users: claimants.min(1),
    traceContext: z.string().nullable(),
  }),
);

const codec = new Codec(z.discriminatedUnion('type', [ISSUE_REQUESTED, DIRECTLY_REQUESTED]));

/** What a message says; its entry has no id yet. */
export interface IssueRequest {
  /** Of the gate; null: there is none. */
  shard: number | null;
  gateEpoch: number;
  entry: Omit<QueueEntry, 'id'>;
}

/** One message an entry, keyed by its coupon, so that those of one coupon keep their order. */
export function encodeIssueRequest({
  shard,
  gateEpoch,
  entry,
}: IssueRequest & { shard: number }): OutgoingMessage {
  const { couponId, claims, traceContext } = entry;
  const { epoch, acceptedAt } = claims[0]!;
  return keyed(couponId, {
    type: 'ISSUE_REQUESTED',
    version: 1,
    occurredAt: acceptedAt,
    body: {
      ...{ couponId, shard, gateEpoch, epoch, acceptedAt, traceContext },
      ticket: claims[0]!.ticket ?? 1,
      users: claims.flatMap(({ userId, ticket }) => (ticket === null ? [] : [userId])),
      lost: claims.flatMap(({ userId, ticket }) => (ticket === null ? [userId] : [])),
    },
  });
}

/** Requests without a gate. `users`: as they came. */
export function encodeDirectRequests(request: DirectRequests): OutgoingMessage {
  const { couponId, acceptedAt } = request;
  return keyed(couponId, { type: 'DIRECTLY_REQUESTED', version: 1, occurredAt: acceptedAt, body: request });
}

export interface DirectRequests {
  couponId: CouponId;
  /** The database's clock, milliseconds. */
  acceptedAt: number;
  users: Claimant[];
  traceContext: Traceparent | null;
}

type Message = z.input<typeof ISSUE_REQUESTED> | z.input<typeof DIRECTLY_REQUESTED>;
type Content<M> = M extends Message ? Pick<M, 'type' | 'version' | 'occurredAt' | 'body'> : never;

function keyed(couponId: CouponId, content: Content<Message>): OutgoingMessage {
  const key = String(couponId);
  const value = codec.encode({
    ...{ id: newMessageId(), key, sequence: null, causation: null, correlation: null },
    ...content,
  } as Parameters<typeof codec.encode>[0]);
  return { key, value };
}

/** @throws UnreadableMessage */
export function decodeIssueRequest(value: string): IssueRequest {
  const message = codec.decode(value);
  const traceContext = sampledTraceparent(message.body.traceContext);
  const { couponId, acceptedAt, users } = message.body;
  if (message.type === 'DIRECTLY_REQUESTED') {
    const claims = users.map((userId): AcceptedClaim => ({ userId, ...WITHOUT_GATE, acceptedAt }));
    return { shard: null, gateEpoch: WITHOUT_GATE.epoch, entry: { couponId, claims, traceContext } };
  }
  const { shard, gateEpoch, epoch, ticket, lost } = message.body;
  const claims: AcceptedClaim[] = [
    ...users.map((userId, i) => ({ userId, epoch, ticket: ticket + i, acceptedAt })),
    ...lost.map((userId) => ({ userId, epoch, ticket: null, acceptedAt })),
  ];
  return { shard, gateEpoch, entry: { couponId, claims, traceContext } };
}
