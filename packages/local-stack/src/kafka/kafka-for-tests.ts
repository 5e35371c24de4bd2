import { join } from 'node:path';
import type { ProcessGroup } from '../processes/process-group.js';
import type { KafkaOfTheRun } from './kafka-on-demand.js';
import { probeKafka } from './probe-kafka.js';
import { startKafka } from './start-kafka.js';

/** The broker that the environment names, else a private one with its data in the folder. */
export async function kafkaForTests(
  folder: string,
  env: NodeJS.ProcessEnv,
  group: ProcessGroup,
): Promise<KafkaOfTheRun> {
  if (env.KAFKA_BROKERS) {
    await probeKafka(env.KAFKA_BROKERS);
    return { brokers: env.KAFKA_BROKERS, title: 'the one of KAFKA_BROKERS' };
  }
  const { server, title } = await startKafka({ dataDir: join(folder, 'kafka') }, group);
  return { brokers: server.url, title };
}
