export interface OutgoingMessage {
  /** Messages of one key go to one partition, in their order. */
  readonly key: string;
  readonly value: string;
}

export interface ReceivedMessage extends OutgoingMessage {
  readonly topic: string;
  readonly partition: number;
  /** Where it stands in the partition, as the broker writes it. */
  readonly position: string;
}

/** Messages of one partition in their order. */
export interface ReceivedBatch {
  readonly messages: readonly ReceivedMessage[];
  /** Says that the work goes on. A batch that does not say so for ten seconds may be given to somebody else. */
  heartbeat(): Promise<void>;
  /** The partition is somebody else's now, or the consumer closes: what is not begun is to be left. */
  isStale(): boolean;
}

/** Answers how many messages, counted from the first, are done with; the others are delivered again. */
export type BatchHandler = (batch: ReceivedBatch) => Promise<number>;

export interface Consumer {
  /** Takes no more batches, and resolves when the ones under way have been answered and acknowledged. */
  close(): Promise<void>;
}

/** The broker did not answer, or not in time; nothing is known about what it did. It may come back. */
export class BrokerAway extends Error {
  override readonly name = 'BrokerAway';
}

/**
 * Carries messages at least once. Within a group each partition is read by one consumer at a time, though a stalled
 * one may still be at work when the next begins; so effects are guarded by the inbox, never by the broker.
 */
export abstract class MessageBroker {
  /**
   * Resolves when the broker has them all as safely as it is configured to. Where it rejects, any of them may be
   * there all the same.
   */
  abstract publish(topic: string, messages: readonly OutgoingMessage[]): Promise<void>;

  /** A new group begins with the oldest message that is kept; a known one where it had acknowledged last. */
  abstract consume(topic: string, group: string, handle: BatchHandler): Promise<Consumer>;

  /** Resolves where the broker answers; nothing is changed by it. */
  abstract ping(): Promise<void>;

  /** After its consumers. */
  abstract close(): Promise<void>;
}
