import { deadLetterTopic, ensureTopics } from 'messaging';
import { z } from 'zod';
import { coreEnvironment, eventsConfig, parseEnvironment } from './config.js';
import { COUPON_EVENTS } from './contracts/coupon-events.js';
import { ISSUE_REQUESTS } from './issuance/issue-requests.js';
import { withoutSecrets } from './logging/process-log.js';
import { secretsIn } from './logging/secrets-in.js';

const HOUR_MS = 3_600_000;
const DEAD_LETTERS_KEPT_H = 720;

/** The `topics` command: makes the topics in the cluster of KAFKA_BROKERS, and says what it did. */
try {
  const { KAFKA_BROKERS, EVENTS_PARTITIONS, EVENTS_RETENTION_H, REQUESTS_PARTITIONS, REQUESTS_RETENTION_H } =
    coreEnvironment.shape;
  const settings = { KAFKA_BROKERS: KAFKA_BROKERS.unwrap(), EVENTS_PARTITIONS, EVENTS_RETENTION_H };
  const env = parseEnvironment(
    z.object({ ...settings, REQUESTS_PARTITIONS, REQUESTS_RETENTION_H }),
    process.env,
  );
  const plan = (topic: string, partitions: number, hours: number) => ({
    topic,
    partitions,
    retentionMs: hours * HOUR_MS,
  });
  const { partitions, retentionHours } = eventsConfig(env);
  const plans = [
    plan(COUPON_EVENTS, partitions, retentionHours),
    plan(ISSUE_REQUESTS.topic, env.REQUESTS_PARTITIONS, env.REQUESTS_RETENTION_H),
    plan(deadLetterTopic(ISSUE_REQUESTS.topic), 1, DEAD_LETTERS_KEPT_H),
  ];
  for (const line of await ensureTopics(env.KAFKA_BROKERS, plans)) console.log(line);
  process.exit(0);
} catch (cause) {
  console.error(withoutSecrets(`topics: ${(cause as Error).message}`, secretsIn(process.env)));
  process.exit(1);
}
