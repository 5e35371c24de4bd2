import { type ReceivedMessage, UnreadableMessage } from 'messaging';
import type { CouponId } from '../coupon/ids.js';
import type { QueueEntry } from './issuance-queue.js';
import { decodeIssueRequest } from './issue-requests.js';

/** Messages that stand one behind the other and are settled in one transaction. */
export interface RequestChunk {
  messages: ReceivedMessage[];
  /** Named by partition and position, which is unique among the entries of several queues. */
  entries: QueueEntry[];
  /** The epoch that each coupon's messages were sent with, and the shard of its gate, where it has one. */
  epochs: Map<CouponId, number>;
  shards: Map<CouponId, number>;
  unreadable: { message: ReceivedMessage; cause: string }[];
}

export const entryIdOf = ({ partition, position }: ReceivedMessage): string => `${partition}:${position}`;

/** At most so many claims each, unless one entry has more; and of one coupon never two epochs. */
export function* requestChunks(
  messages: readonly ReceivedMessage[],
  claimsMax: number,
): Generator<RequestChunk> {
  let chunk = emptyChunk();
  let claims = 0;
  for (const message of messages) {
    const request = decode(message);
    if ('cause' in request) {
      chunk.messages.push(message);
      chunk.unreadable.push({ message, cause: request.cause });
      continue;
    }
    const { entry, gateEpoch, shard } = request;
    const isOfAnotherEpoch = (chunk.epochs.get(entry.couponId) ?? gateEpoch) !== gateEpoch;
    if (isOfAnotherEpoch || (claims > 0 && claims + entry.claims.length > claimsMax)) {
      yield chunk;
      chunk = emptyChunk();
      claims = 0;
    }
    claims += entry.claims.length;
    chunk.messages.push(message);
    chunk.entries.push({ ...entry, id: entryIdOf(message) });
    chunk.epochs.set(entry.couponId, gateEpoch);
    if (shard !== null) chunk.shards.set(entry.couponId, shard);
  }
  if (chunk.messages.length > 0) yield chunk;
}

const emptyChunk = (): RequestChunk => ({
  messages: [],
  entries: [],
  epochs: new Map(),
  shards: new Map(),
  unreadable: [],
});

function decode({ value }: ReceivedMessage) {
  try {
    return decodeIssueRequest(value);
  } catch (cause) {
    if (!(cause instanceof UnreadableMessage)) throw cause;
    return { cause: cause.message };
  }
}
