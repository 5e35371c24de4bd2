import { join } from 'node:path';
import { runTopics } from '../apps/make-topics.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { given, type ServerPlace } from '../servers/provide-servers.js';
import { rememberedPort } from '../servers/remembered-port.js';
import { probeKafka } from './probe-kafka.js';
import { startKafka } from './start-kafka.js';

/**
 * The broker of KAFKA_BROKERS, else a private one with its data beside those of the other servers; with all topics.
 * @returns `host:port`, separated by commas
 */
export async function provideKafka(
  place: ServerPlace,
  topicsProgram: string,
  env: NodeJS.ProcessEnv,
  group: ProcessGroup,
  say: (line: string) => void,
): Promise<string> {
  const named = await given('KAFKA_BROKERS', env.KAFKA_BROKERS, probeKafka, say);
  const brokers = named ?? (await started(place, group, say));
  const log = join(place.logs, 'topics.log');
  await runTopics(topicsProgram, { ...env, KAFKA_BROKERS: brokers }, log, group);
  return brokers;
}

async function started(
  { folder, logs }: ServerPlace,
  group: ProcessGroup,
  say: (line: string) => void,
): Promise<string> {
  const ports = join(folder, 'ports.json');
  const options = {
    dataDir: join(folder, 'kafka'),
    logFile: join(logs, 'kafka.log'),
    port: await rememberedPort(ports, 'kafka'),
    controllerPort: await rememberedPort(ports, 'kafka-controller'),
  };
  const { server, title } = await startKafka(options, group);
  say(`Kafka: ${server.url} (pid ${server.pid}; ${title})`);
  return server.url;
}
