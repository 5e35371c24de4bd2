import { GroupProgress, KafkaBroker, type MessageBroker, type Patience } from 'messaging';
import type { CoreConfig } from '../../config.js';
import { ISSUE_REQUESTS } from '../../issuance/issue-requests.js';
import { NOTHING_RELAYED, type RelayedEntries } from '../../issuance/relayed-entries.js';
import { BrokerUnreachable, GuardedBroker } from '../guarded-broker.js';
import { KafkaRelayedEntries } from './relayed-entries.kafka.js';

/** Connections of its own, so that nothing else waits in front of claims. */
export function issueRequestBroker(
  brokers: readonly string[],
  onConsumerEnd: (cause: Error) => void = () => undefined,
  patience?: Patience,
): KafkaBroker {
  return new KafkaBroker({ brokers, clientId: 'issuance', onConsumerEnd, patience });
}

/** Within the time in which a request has to be answered, and one publication waits for the one before. */
const WHILE_PEOPLE_WAIT: Patience = { requestMs: 1_500, retries: 1 };

/** For processes that people wait for. Where no Kafka is named, it is as one that does not answer. */
export function directRequestBroker({
  events,
  breaker,
}: CoreConfig): Pick<MessageBroker, 'publish' | 'close'> {
  if (events.kafkaBrokers !== null) {
    const broker = issueRequestBroker(events.kafkaBrokers, undefined, WHILE_PEOPLE_WAIT);
    return new GuardedBroker(broker, breaker);
  }
  return {
    publish: () => Promise.reject(new BrokerUnreachable('KAFKA_BROKERS is not set.')),
    close: async () => undefined,
  };
}

/** What stands in the topic, and for whom a rebuild has to wait: for those alone who came into it through a gate. */
export function relayedEntries({ queue, events }: CoreConfig): RelayedEntries {
  if (events.kafkaBrokers === null) return NOTHING_RELAYED;
  const progress = new GroupProgress(events.kafkaBrokers, ISSUE_REQUESTS.topic, ISSUE_REQUESTS.group);
  const relayed = new KafkaRelayedEntries(progress);
  return queue.driver === 'kafka'
    ? relayed
    : { untilSettled: async () => undefined, lag: () => relayed.lag() };
}
