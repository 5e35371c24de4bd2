import { join } from 'node:path';
import type { ProcessGroup } from '../processes/process-group.js';
import { fetchJars } from './java-broker.js';
import type { KafkaOfTheRun, KafkaStarts } from './kafka-on-demand.js';
import { findJavaAndMaven } from './kafka-source.js';
import { probeKafka } from './probe-kafka.js';
import { startKafka } from './start-kafka.js';
import { kafkaMachine } from './this-kafka-machine.js';

/** What a test run has to offer to its tests, with data and logs in the folder. */
export function kafkaForTests(folder: string, env: NodeJS.ProcessEnv, group: ProcessGroup): KafkaStarts {
  return {
    broker: () => brokerForTests(folder, env, group),
    program: async () => {
      const logFile = join(folder, 'kafka-program.log');
      const found = await findJavaAndMaven(kafkaMachine(group, logFile));
      return found ? fetchJars(found, group, logFile) : null;
    },
  };
}

/** The broker that the environment names, else a private one. */
async function brokerForTests(
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
