import kafkajs, { type Admin } from 'kafkajs';
import { kafkaClient } from './kafka.js';

export interface TopicPlan {
  topic: string;
  partitions: number;
  retentionMs: number;
}

const COPIES = 3;
const COPIES_IN_SYNC = 2;
/** Of a setting: given for the topic, and not the cluster's default. */
const OF_TOPIC = kafkajs.ConfigSource.TOPIC_CONFIG;

/** How many copies a new topic has in a cluster of so many brokers. */
export const copiesAmong = (brokers: number): number => (brokers >= COPIES ? COPIES : 1);

/** How a topic of so many copies is kept. */
export function topicSettings(plan: TopicPlan, copies: number) {
  const settings = {
    'min.insync.replicas': Math.min(copies, COPIES_IN_SYNC),
    'unclean.leader.election.enable': false,
    'retention.ms': plan.retentionMs,
    // As the sender compressed it, which the broker then need not do again.
    'compression.type': 'producer',
  };
  return Object.entries(settings).map(([name, value]) => ({ name, value: String(value) }));
}

/**
 * Makes the topics that are not there, and gives those that are the retention of the plan. With three brokers or more
 * each has three copies, two of which must have a write before it is acknowledged, and a copy that lags never leads. What
 * is there keeps its copies, however many brokers answer at the moment, and whatever else an operator has set.
 * Partitions of a topic that is there are left as they are: another number would move keys, and with them the order.
 * @returns what was done, a line per topic
 * @throws where no broker answers, or the account may not
 */
export async function ensureTopics(
  brokers: readonly string[],
  plans: readonly TopicPlan[],
): Promise<string[]> {
  const admin = kafkaClient(brokers, 'topics').admin();
  await admin.connect();
  try {
    const copies = copiesAmong((await admin.describeCluster()).brokers.length);
    const there = new Set(await admin.listTopics());
    const missing = plans.filter(({ topic }) => !there.has(topic));
    await admin.createTopics({
      waitForLeaders: true,
      topics: missing.map((plan) => ({
        topic: plan.topic,
        numPartitions: plan.partitions,
        replicationFactor: copies,
        configEntries: topicSettings(plan, copies),
      })),
    });
    const known = plans.filter(({ topic }) => there.has(topic));
    const copiesThere = await renewSettings(admin, known);
    return plans.map(({ topic, partitions }) => {
      if (there.has(topic)) return `${topic}: was there, settings renewed, copies: ${copiesThere.get(topic)}`;
      return `${topic}: made, partitions: ${partitions}, copies: ${copies}`;
    });
  } finally {
    await admin.disconnect();
  }
}

/** Answers how many copies each of them has. */
async function renewSettings(admin: Admin, plans: readonly TopicPlan[]): Promise<Map<string, number>> {
  const copies = new Map<string, number>();
  if (plans.length === 0) return copies;
  const { topics } = await admin.fetchTopicMetadata({ topics: plans.map(({ topic }) => topic) });
  for (const { name, partitions } of topics)
    copies.set(name, Math.min(...partitions.map(({ replicas }) => replicas.length)));
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  const present = await admin.describeConfigs({
    includeSynonyms: false,
    resources: plans.map(({ topic }) => ({ type, name: topic })),
  });
  await admin.alterConfigs({
    validateOnly: false,
    resources: plans.map((plan) => {
      const planned = topicSettings(plan, copies.get(plan.topic)!);
      const names = new Set(planned.map(({ name }) => name));
      // Kafka takes what it is sent for all of the topic's own settings.
      const others = present.resources
        .filter(({ resourceName }) => resourceName === plan.topic)
        .flatMap(({ configEntries }) => configEntries)
        .filter(({ configSource, configName }) => configSource === OF_TOPIC && !names.has(configName))
        .map(({ configName, configValue }) => ({ name: configName, value: configValue }));
      return { type, name: plan.topic, configEntries: [...planned, ...others] };
    }),
  });
  return copies;
}
