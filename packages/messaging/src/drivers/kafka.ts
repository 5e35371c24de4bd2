import kafkajs, { CompressionTypes, type EachBatchPayload, Kafka, logLevel, type Producer } from 'kafkajs';
import {
  type BatchHandler,
  BrokerAway,
  type Consumer,
  MessageBroker,
  type OutgoingMessage,
} from '../broker.js';

export interface KafkaOptions {
  /** `host:port` each. */
  brokers: readonly string[];
  clientId: string;
  /** Hears of a consumer that has ended for good, since its process must not go on as if it were reading. */
  onConsumerEnd: (cause: Error) => void;
  /** How long one request may take and how often it is tried again; default: for whom nobody waits. */
  patience?: Patience;
}

export interface Patience {
  requestMs: number;
  retries: number;
}

const SESSION_MS = 10_000;
/** A member that joins or leaves is noticed at the next one. */
const HEARTBEAT_EVERY_MS = 500;
const WAIT_MS_MAX = 500;
const PARTITIONS_AT_ONCE = 4;
const FIRST_RETRY_MS = 100;
/** As compressed, of one partition: what a batch holds at the most, and what is read again where its reader dies. */
const BATCH_BYTES = 256 * 1_024;

/** Kafka decides when a write is safe: `acks` all, so as many copies as the topic's `min.insync.replicas` says. */
export class KafkaBroker extends MessageBroker {
  private readonly kafka: Kafka;
  private producer: Promise<Producer> | null = null;

  constructor(private readonly options: KafkaOptions) {
    super();
    this.kafka = kafkaClient(options.brokers, options.clientId, options.patience);
  }

  async publish(topic: string, messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.length === 0) return;
    await reaching(async () => {
      const producer = await this.connectedProducer();
      // kafkajs's own idempotence reorders after a failed request; one request at a time keeps the order.
      await producer.send({ topic, acks: -1, compression: CompressionTypes.GZIP, messages: [...messages] });
    });
  }

  async consume(topic: string, group: string, handle: BatchHandler): Promise<Consumer> {
    const consumer = this.kafka.consumer({
      groupId: group,
      allowAutoTopicCreation: false,
      sessionTimeout: SESSION_MS,
      heartbeatInterval: HEARTBEAT_EVERY_MS,
      maxWaitTimeInMs: WAIT_MS_MAX,
      maxBytesPerPartition: BATCH_BYTES,
      retry: { restartOnFailure: async () => true },
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) this.options.onConsumerEnd(payload.error);
    });
    let isClosing = false;
    await reaching(async () => {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
        eachBatch: (payload) => handleBatch(payload, handle, () => isClosing),
      });
    }).catch(async (cause) => {
      await consumer.disconnect().catch(() => undefined);
      throw cause;
    });
    return {
      close: async () => {
        isClosing = true;
        await consumer.disconnect();
      },
    };
  }

  async ping(): Promise<void> {
    const admin = this.kafka.admin({ retry: { retries: 0 } });
    try {
      await admin.connect();
      await admin.describeCluster();
    } finally {
      await admin.disconnect();
    }
  }

  async close(): Promise<void> {
    await this.producer?.then((producer) => producer.disconnect()).catch(() => undefined);
  }

  private connectedProducer(): Promise<Producer> {
    this.producer ??= this.connect().catch((cause) => {
      this.producer = null;
      throw cause;
    });
    return this.producer;
  }

  private async connect(): Promise<Producer> {
    const producer = this.kafka.producer({
      allowAutoTopicCreation: false,
      idempotent: false,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    return producer;
  }
}

/** Whatever Kafka's client gives up at is away, since it has tried several times; unless it was answered. */
export async function reaching<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const isAnswer = cause instanceof kafkajs.KafkaJSProtocolError;
    if (!(cause instanceof kafkajs.KafkaJSError) || isAnswer) throw cause;
    throw new BrokerAway(`Kafka: ${cause.message}`, { cause });
  }
}

export function kafkaClient(brokers: readonly string[], clientId: string, patience?: Patience): Kafka {
  const limits = patience && {
    requestTimeout: patience.requestMs,
    connectionTimeout: patience.requestMs,
    retry: { retries: patience.retries, initialRetryTime: FIRST_RETRY_MS },
  };
  return new Kafka({ brokers: [...brokers], clientId, logLevel: logLevel.NOTHING, ...limits });
}

async function handleBatch(payload: EachBatchPayload, handle: BatchHandler, isClosing: () => boolean) {
  const { batch, heartbeat, isRunning, isStale, resolveOffset, commitOffsetsIfNecessary } = payload;
  const { topic, partition } = batch;
  const messages = batch.messages.map(({ key, value, offset }) => ({
    ...{ topic, partition, position: offset },
    key: key?.toString() ?? '',
    value: value?.toString() ?? '',
  }));
  let isLost = false;
  const done = await handle({
    messages,
    // Kafka's client says by this alone that the group goes on without this member.
    heartbeat: () =>
      heartbeat().catch((cause) => {
        isLost = true;
        throw cause;
      }),
    isStale: () => isLost || isClosing() || !isRunning() || isStale(),
  });
  const last = messages[done - 1];
  if (!last) return;
  resolveOffset(last.position);
  // Of what was handled, and not of the batch: what stands behind may be another consumer's by now.
  const offset = String(BigInt(last.position) + 1n);
  await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] });
}
