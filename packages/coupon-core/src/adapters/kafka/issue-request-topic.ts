import { GroupProgress, KafkaBroker } from 'messaging';
import type { CoreConfig } from '../../config.js';
import { ISSUE_REQUESTS } from '../../issuance/issue-requests.js';
import { NOTHING_RELAYED, type RelayedEntries } from '../../issuance/relayed-entries.js';
import { KafkaRelayedEntries } from './relayed-entries.kafka.js';

/** Connections of its own, so that nothing else waits in front of claims. */
export function issueRequestBroker(
  { events }: CoreConfig,
  onConsumerEnd: (cause: Error) => void = () => undefined,
): KafkaBroker {
  return new KafkaBroker({ brokers: events.kafkaBrokers!, clientId: 'issuance', onConsumerEnd });
}

/** null: claims go through no topic. */
export function issueRequestProgress({ queue, events }: CoreConfig): GroupProgress | null {
  if (queue.driver !== 'kafka') return null;
  return new GroupProgress(events.kafkaBrokers!, ISSUE_REQUESTS.topic, ISSUE_REQUESTS.group);
}

export function relayedEntries(config: CoreConfig): RelayedEntries {
  const progress = issueRequestProgress(config);
  return progress ? new KafkaRelayedEntries(progress) : NOTHING_RELAYED;
}
