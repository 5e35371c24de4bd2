import kafkajs, { type Admin } from 'kafkajs';
import { kafkaClient } from './kafka.js';

export interface TopicPlan {
  topic: string;
  partitions: number;
  retentionMs: number;
}

/** How all of them are kept. */
export interface TopicCare {
  /** Of a new topic; default: three where there are so many brokers, else one. */
  copies?: number | undefined;
  /** Which must have a write before it is acknowledged; default: two where there are so many copies. */
  copiesInSync?: number | undefined;
  compression?: TopicCompression | undefined;
}

/**
 * What the broker makes of a batch; those that the readers, which know gzip alone, can read. `producer`: as its sender
 * compressed it, which the broker then need not do again.
 */
export const TOPIC_COMPRESSIONS = ['producer', 'gzip', 'uncompressed'] as const;
export type TopicCompression = (typeof TOPIC_COMPRESSIONS)[number];

const COPIES = 3;
const COPIES_IN_SYNC = 2;
/** Of a setting: given for the topic, and not the cluster's default. */
const OF_TOPIC = kafkajs.ConfigSource.TOPIC_CONFIG;

/**
 * How many copies a new topic has in a cluster of so many brokers.
 * @throws where there are fewer brokers than copies are wanted
 */
export function copiesAmong(brokers: number, wanted?: number): number {
  if (wanted !== undefined && wanted > brokers)
    throw new Error(
      `A new topic is to have ${wanted} copies, one to a broker; brokers that answer: ${brokers}.`,
    );
  return wanted ?? (brokers >= COPIES ? COPIES : 1);
}

/**
 * How a topic of so many copies is kept.
 * @throws where more of them are to be in sync than there are: nothing could be written
 */
export function topicSettings(plan: TopicPlan, copies: number, care: TopicCare = {}) {
  const { copiesInSync = Math.min(copies, COPIES_IN_SYNC), compression = 'producer' } = care;
  if (copiesInSync > copies)
    throw new Error(`${plan.topic}: ${copiesInSync} copies are to be in sync; copies it has: ${copies}.`);
  const settings = {
    'min.insync.replicas': copiesInSync,
    'unclean.leader.election.enable': false,
    'retention.ms': plan.retentionMs,
    'compression.type': compression,
  };
  return Object.entries(settings).map(([name, value]) => ({ name, value: String(value) }));
}

/**
 * Makes the topics that are not there, and gives those that are the settings of plan and care. By default each has three
 * copies where there are three brokers or more, two of which must have a write before it is acknowledged, and a copy that
 * lags never leads. What is there keeps its copies, however many brokers answer at the moment, and whatever else an
 * operator has set. Partitions of a topic that is there are left as they are: another number would move keys, and with
 * them the order.
 * @returns what was done, a line per topic
 * @throws where no broker answers, the account may not, or the cluster cannot keep them so; nothing is then made
 */
export async function ensureTopics(
  brokers: readonly string[],
  plans: readonly TopicPlan[],
  care: TopicCare = {},
): Promise<string[]> {
  const admin = kafkaClient(brokers, 'topics').admin();
  await admin.connect();
  try {
    const there = new Set(await admin.listTopics());
    const missing = plans.filter(({ topic }) => !there.has(topic));
    const known = plans.filter(({ topic }) => there.has(topic));
    const copies = await copiesOf(admin, known);
    const answering = (await admin.describeCluster()).brokers.length;
    for (const { topic } of missing) copies.set(topic, copiesAmong(answering, care.copies));
    const settings = new Map(
      plans.map((plan) => [plan.topic, topicSettings(plan, copies.get(plan.topic)!, care)]),
    );
    await admin.createTopics({
      waitForLeaders: true,
      topics: missing.map(({ topic, partitions }) => ({
        topic,
        numPartitions: partitions,
        replicationFactor: copies.get(topic)!,
        configEntries: settings.get(topic)!,
      })),
    });
    await renewSettings(
      admin,
      known.map(({ topic }) => ({ topic, planned: settings.get(topic)! })),
    );
    return plans.map(({ topic, partitions }) => {
      const done = there.has(topic) ? 'was there, settings renewed' : `made, partitions: ${partitions}`;
      return `${topic}: ${done}, copies: ${copies.get(topic)}`;
    });
  } finally {
    await admin.disconnect();
  }
}

/** How many copies each of them has, all of which are there. */
async function copiesOf(admin: Admin, plans: readonly TopicPlan[]): Promise<Map<string, number>> {
  if (plans.length === 0) return new Map();
  const { topics } = await admin.fetchTopicMetadata({ topics: plans.map(({ topic }) => topic) });
  return new Map(
    topics.map(({ name, partitions }) => [
      name,
      Math.min(...partitions.map(({ replicas }) => replicas.length)),
    ]),
  );
}

async function renewSettings(
  admin: Admin,
  topics: readonly { topic: string; planned: ReturnType<typeof topicSettings> }[],
): Promise<void> {
  if (topics.length === 0) return;
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  const present = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(({ topic }) => ({ type, name: topic })),
  });
  await admin.alterConfigs({
    validateOnly: false,
    resources: topics.map(({ topic, planned }) => {
      const names = new Set(planned.map(({ name }) => name));
      // Kafka takes what it is sent for all of the topic's own settings.
      const others = present.resources
        .filter(({ resourceName }) => resourceName === topic)
        .flatMap(({ configEntries }) => configEntries)
        .filter(({ configSource, configName }) => configSource === OF_TOPIC && !names.has(configName))
        .map(({ configName, configValue }) => ({ name: configName, value: configValue }));
      return { type, name: topic, configEntries: [...planned, ...others] };
    }),
  });
}
