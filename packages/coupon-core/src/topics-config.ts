import { deadLetterTopic, TOPIC_COMPRESSIONS, type TopicCare, type TopicPlan } from 'messaging';
import { z } from 'zod';
import { coreEnvironment, eventsConfig, parseEnvironment, withRules } from './config.js';
import { COUPON_EVENTS } from './contracts/coupon-events.js';
import { ISSUE_REQUESTS } from './issuance/issue-requests.js';

const HOUR_MS = 3_600_000;
const COPIES_MAX = 100;

const { KAFKA_BROKERS, EVENTS_PARTITIONS, EVENTS_RETENTION_H } = coreEnvironment.shape;
const copyCount = z.coerce.number().int().min(1).max(COPIES_MAX).optional();
const partitionCount = z.coerce.number().int().min(1).max(1_000);
const retentionHours = z.coerce.number().int().min(1).max(87_600);

/** What the `topics` command reads; names and defaults are documented in the README. */
const topicsEnvironment = z.object({
  KAFKA_BROKERS: KAFKA_BROKERS.unwrap(),
  EVENTS_PARTITIONS,
  EVENTS_RETENTION_H,
  REQUESTS_PARTITIONS: partitionCount.default(4),
  REQUESTS_RETENTION_H: retentionHours.default(168),
  DEAD_LETTERS_PARTITIONS: partitionCount.default(1),
  DEAD_LETTERS_RETENTION_H: retentionHours.default(720),
  TOPICS_COPIES: copyCount,
  TOPICS_COPIES_IN_SYNC: copyCount,
  TOPICS_COMPRESSION: z.enum(TOPIC_COMPRESSIONS).default('producer'),
});

const ruled = withRules(topicsEnvironment, [
  {
    path: 'TOPICS_COPIES_IN_SYNC',
    error: 'cannot be above TOPICS_COPIES: nothing could be written',
    holds: ({ TOPICS_COPIES, TOPICS_COPIES_IN_SYNC }) =>
      TOPICS_COPIES === undefined || (TOPICS_COPIES_IN_SYNC ?? 1) <= TOPICS_COPIES,
  },
]);

export interface TopicsConfig {
  brokers: readonly string[];
  plans: readonly TopicPlan[];
  care: TopicCare;
}

/** @throws one error that names all settings that are not usable */
export function topicsConfig(given: NodeJS.ProcessEnv): TopicsConfig {
  const env = parseEnvironment(ruled, given);
  const events = eventsConfig(env);
  const plan = (topic: string, partitions: number, hours: number) => ({
    topic,
    partitions,
    retentionMs: hours * HOUR_MS,
  });
  return {
    brokers: env.KAFKA_BROKERS,
    plans: [
      plan(COUPON_EVENTS, events.partitions, events.retentionHours),
      plan(ISSUE_REQUESTS.topic, env.REQUESTS_PARTITIONS, env.REQUESTS_RETENTION_H),
      plan(deadLetterTopic(ISSUE_REQUESTS.topic), env.DEAD_LETTERS_PARTITIONS, env.DEAD_LETTERS_RETENTION_H),
    ],
    care: {
      copies: env.TOPICS_COPIES,
      copiesInSync: env.TOPICS_COPIES_IN_SYNC,
      compression: env.TOPICS_COMPRESSION,
    },
  };
}
