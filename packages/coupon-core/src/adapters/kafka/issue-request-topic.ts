import { GroupProgress, KafkaBroker, type MessageBroker, type Offsets, type Patience } from 'messaging';
import type { CoreConfig } from '../../config.js';
import { ISSUE_REQUESTS } from '../../issuance/issue-requests.js';
import { NOTHING_RELAYED, type RelayedEntries } from '../../issuance/relayed-entries.js';
import type { BreakerState } from '../circuit-breaker.js';
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
/** How long somebody waits who would be refused, if only the topic were read up to its end. */
const DECISION_MS_MAX = 1_000;

/** What processes need of the topic that people wait for. */
export interface DirectRequestTopic {
  broker: Pick<MessageBroker, 'publish'>;
  undecided: Pick<RelayedEntries, 'untilSettled'>;
  /** Of its breaker; undefined: there is none. */
  state(): BreakerState | undefined;
  close(): Promise<void>;
}

/** Where no Kafka is named, it is as one that does not answer. */
export function directRequestTopic({ events, breaker }: CoreConfig): DirectRequestTopic {
  const { kafkaBrokers } = events;
  if (kafkaBrokers === null) {
    const isAway = () => Promise.reject(new BrokerUnreachable('KAFKA_BROKERS is not set.'));
    return {
      broker: { publish: isAway },
      undecided: { untilSettled: isAway },
      state: () => undefined,
      close: async () => undefined,
    };
  }
  const broker = new GuardedBroker(issueRequestBroker(kafkaBrokers, undefined, WHILE_PEOPLE_WAIT), breaker);
  const { topic, group } = ISSUE_REQUESTS;
  const progress = new GroupProgress(kafkaBrokers, topic, group, WHILE_PEOPLE_WAIT);
  const guarded = {
    group,
    ends: (key?: string) => broker.ask(() => progress.ends(key)),
    hasReached: (ends: Offsets) => broker.ask(() => progress.hasReached(ends)),
    lag: () => broker.ask(() => progress.lag()),
  };
  return {
    broker,
    undecided: new KafkaRelayedEntries(guarded, DECISION_MS_MAX),
    state: () => broker.state,
    close: async () => void (await Promise.all([broker.close(), progress.close()])),
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
