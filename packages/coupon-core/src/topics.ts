import { ensureTopics } from 'messaging';
import { withoutSecrets } from './logging/process-log.js';
import { secretsIn } from './logging/secrets-in.js';
import { topicsConfig } from './topics-config.js';

/** The `topics` command: makes the topics in the cluster of KAFKA_BROKERS, and says what it did. */
try {
  const { brokers, plans, care } = topicsConfig(process.env);
  for (const line of await ensureTopics(brokers, plans, care)) console.log(line);
  process.exit(0);
} catch (cause) {
  console.error(withoutSecrets(`topics: ${(cause as Error).message}`, secretsIn(process.env)));
  process.exit(1);
}
