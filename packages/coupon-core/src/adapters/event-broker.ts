import { Logger } from '@nestjs/common';
import { KafkaBroker, type MessageBroker, RedisStreamsBroker } from 'messaging';
import type { CoreConfig } from '../config.js';
import { GuardedBroker } from './guarded-broker.js';

const HOUR_MS = 3_600_000;

/** Kafka where brokers are named, else streams beside the gate; left alone for a while when it does not answer. */
export function eventBroker(config: CoreConfig): GuardedBroker {
  return new GuardedBroker(openBroker(config), config.breaker);
}

function openBroker({ events, redis }: CoreConfig): MessageBroker {
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
