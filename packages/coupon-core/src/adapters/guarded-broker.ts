import { type BatchHandler, type Consumer, MessageBroker, type OutgoingMessage } from 'messaging';
import { ServerAway } from '../issuance/server-away.js';
import { type BreakerLimits, type BreakerState, CircuitBreaker } from './circuit-breaker.js';

/** The broker was not reached, did not answer in time, or is left alone because of that. */
export class BrokerUnreachable extends ServerAway {
  override readonly name = 'BrokerUnreachable';
}

/** What drivers call an answer that says no: of a topic that is missing, of a message that is too large. */
const ANSWERS = new Set(['ReplyError', 'KafkaJSProtocolError']);

/** Leaves a broker alone to which nothing could be published, instead of trying it again at each round of a relay. */
export class GuardedBroker extends MessageBroker {
  private readonly breaker: CircuitBreaker;

  constructor(
    private readonly broker: MessageBroker,
    limits: BreakerLimits,
  ) {
    super();
    this.breaker = new CircuitBreaker(
      {
        target: 'broker',
        isFault: (cause) => cause instanceof BrokerUnreachable,
        probe: () => reaching(() => broker.ping()),
        refusal: (retryAfterMs) =>
          new BrokerUnreachable('The broker is left alone for a while.', { retryAfterMs }),
      },
      limits,
    );
  }

  get state(): BreakerState {
    return this.breaker.state;
  }

  publish(topic: string, messages: readonly OutgoingMessage[]): Promise<void> {
    return this.ask(() => this.broker.publish(topic, messages));
  }

  /** A question to the same server, which is left alone like the other calls. */
  ask<T>(question: () => Promise<T>): Promise<T> {
    return this.breaker.run(() => reaching(question));
  }

  consume(topic: string, group: string, handle: BatchHandler): Promise<Consumer> {
    return this.broker.consume(topic, group, handle);
  }

  ping(): Promise<void> {
    return this.broker.ping();
  }

  close(): Promise<void> {
    return this.broker.close();
  }
}

async function reaching<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (isAnswer(cause)) throw cause;
    throw new BrokerUnreachable('The broker did not answer.', { cause });
  }
}

/**
 * Drivers wrap what the last of their attempts met. That a broker cannot write at the moment, as with too few copies in
 * sync, is no answer; that somebody has to make the topic is one.
 */
function isAnswer(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  if (ANSWERS.has(cause.name)) {
    const { retriable, type } = cause as { retriable?: boolean; type?: string };
    return retriable !== true || type === 'UNKNOWN_TOPIC_OR_PARTITION';
  }
  return isAnswer(cause.cause);
}
