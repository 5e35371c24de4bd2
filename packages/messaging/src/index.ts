/** Messages between processes. What must happen goes through the outbox; what must happen once, through the inbox. */
export {
  type BatchHandler,
  BrokerAway,
  type Consumer,
  MessageBroker,
  type OutgoingMessage,
  type ReceivedBatch,
  type ReceivedMessage,
} from './broker.js';
export { Codec, UnreadableMessage } from './codec.js';
export { deadLetterTopic, sendToDeadLetters } from './dead-letter-topic.js';
export { InMemoryBroker } from './drivers/in-memory.js';
export { KafkaBroker, type KafkaOptions, type Patience } from './drivers/kafka.js';
export { GroupProgress, type Offsets, type PartitionLag } from './drivers/kafka-group-progress.js';
export { ensureTopics, TOPIC_COMPRESSIONS, type TopicCare, type TopicPlan } from './drivers/kafka-topics.js';
export { RedisStreamsBroker, type RedisStreamsOptions } from './drivers/redis-streams.js';
export { type Envelope, messageSchema, newMessageId } from './envelope.js';
export { CREATE_INBOX_SQL, handleOnce, purgeInbox } from './mysql/inbox.js';
export {
  anyPendingSql,
  CREATE_OUTBOX_LEASES_SQL,
  CREATE_OUTBOX_SQL,
  enqueueSql,
  FILL_OUTBOX_LEASES_SQL,
  Outbox,
  type OutboxBacklog,
  type Outgoing,
  pendingOutboxSql,
  purgeOutboxSql,
} from './mysql/outbox.js';
export type { InTransaction, SqlSession } from './mysql/sql-session.js';
export { Relay } from './relay.js';
export { checkSequence, type SequenceVerdict } from './sequence-check.js';
export { WORKER_LIMITS, type Work, Worker, type WorkerLimits } from './worker.js';
