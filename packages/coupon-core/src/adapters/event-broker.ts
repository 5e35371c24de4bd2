import { Logger } from '@nestjs/common';
import { KafkaBroker, type MessageBroker, RedisStreamsBroker } from 'messaging';
import type { CoreConfig } from '../config.js';

const HOUR_MS = 3_600_000;

/** Kafka where brokers are named, else streams beside the gate. */
export function eventBroker({ events, redis }: CoreConfig): MessageBroker {
  const { kafkaBrokers, partitions, retentionHours } = events;
  if (kafkaBrokers === null) {
    const { url, namespace } = redis;
    return new RedisStreamsBroker({ url, namespace, partitions, retentionMs: retentionHours * HOUR_MS });
  }
  const log = new Logger(KafkaBroker.name);
  return new KafkaBroker({
    brokers: kafkaBrokers,
    clientId: 'coupons',
    onConsumerEnd: (cause) => log.error(`a consumer has ended for good: ${cause.message}`),
  });
}
