import kafkajs from 'kafkajs';
import { kafkaClient } from './kafka.js';

export interface TopicPlan {
  topic: string;
  partitions: number;
  retentionMs: number;
}

const COPIES = 3;
const COPIES_IN_SYNC = 2;

/** How a topic is kept in a cluster of so many brokers. */
export function topicSettings(plan: TopicPlan, brokers: number) {
  const copies = brokers >= COPIES ? COPIES : 1;
  const settings = {
    'min.insync.replicas': copies === 1 ? 1 : COPIES_IN_SYNC,
    'unclean.leader.election.enable': false,
    'retention.ms': plan.retentionMs,
    // As the sender compressed it, which the broker then need not do again.
    'compression.type': 'producer',
  };
  return {
    copies,
    entries: Object.entries(settings).map(([name, value]) => ({ name, value: String(value) })),
  };
}

/**
 * Makes the topics that are not there, and gives those that are the retention of the plan. With three brokers or more
 * each has three copies, two of which must have a write before it is acknowledged, and a copy that lags never leads.
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
    const brokersCount = (await admin.describeCluster()).brokers.length;
    const there = new Set(await admin.listTopics());
    const missing = plans.filter(({ topic }) => !there.has(topic));
    await admin.createTopics({
      waitForLeaders: true,
      topics: missing.map((plan) => ({
        topic: plan.topic,
        numPartitions: plan.partitions,
        replicationFactor: topicSettings(plan, brokersCount).copies,
        configEntries: topicSettings(plan, brokersCount).entries,
      })),
    });
    const known = plans.filter(({ topic }) => there.has(topic));
    if (known.length > 0) {
      await admin.alterConfigs({
        validateOnly: false,
        resources: known.map((plan) => ({
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: plan.topic,
          configEntries: topicSettings(plan, brokersCount).entries,
        })),
      });
    }
    return plans.map((plan) => {
      const { topic, partitions } = plan;
      if (there.has(topic)) return `${topic}: was there, settings renewed`;
      return `${topic}: made, partitions: ${partitions}, copies: ${topicSettings(plan, brokersCount).copies}`;
    });
  } finally {
    await admin.disconnect();
  }
}
